import type { Case } from './case.ts';
import type { Cause } from './cause.ts';
import type { Evidence } from './evidence.ts';
import * as arriving from './causes/arriving.ts';
import * as beside from './causes/beside.ts';
import { fromClients } from './causes/clients.ts';
import { dropped, droppedAfter, droppedBefore } from './causes/drops.ts';
import { ipv6Off } from './causes/ipv6.ts';
import * as loaded from './causes/loaded.ts';
import * as replies from './causes/replies.ts';
import { natRival } from './causes/rivals.ts';
import { narrowTarget, neighbourSilent, routeToTarget } from './causes/route.ts';
import { routingOff } from './causes/routing.ts';
import { nothingListens, portProbed } from './causes/target.ts';
import * as ways from './causes/ways.ts';
import { notTracked, trackingFull } from './causes/tracking.ts';

type FindCauses = (one: Case, evidence: Evidence) => readonly Cause[];

/** In the order of the way of a packet: an earlier cause also has the effects of the later ones. */
const FINDERS: readonly FindCauses[] = [
  loaded.disabled,
  loaded.foreignTable,
  loaded.notLoaded,
  loaded.drifted,
  loaded.sysctlOff,
  trackingFull,
  ipv6Off,
  arriving.interfaceAbsent,
  arriving.interfacePort,
  arriving.interfaceDown,
  arriving.interfaceWithoutAddress,
  arriving.interfaceVrf,
  arriving.addressAbsent,
  arriving.addressDown,
  arriving.rpFilter,
  notTracked,
  droppedBefore,
  fromClients,
  natRival,
  routingOff,
  routeToTarget,
  ways.requestRefused,
  dropped,
  droppedAfter,
  neighbourSilent,
  replies.sourceRewritten,
  nothingListens,
  portProbed,
  ways.answersElsewhere,
  replies.returnPath,
  replies.clientsUnanswered,
  ways.answersLost,
  loaded.flowsBypass,
  loaded.hostChanged,
  narrowTarget,
  beside.hidesListener,
  beside.ephemeralRange,
  beside.bridgeHairpin,
  beside.helper,
];

const LEVELS = ['fault', 'doubt', 'note'] as const;

/** Faults first, and of each level the one that a packet meets first. */
export function causesOf(one: Case, evidence: Evidence): readonly Cause[] {
  const all = FINDERS.flatMap((find) => find(one, evidence));
  // The kernel drops the attempt of this host too, so that it says nothing of the target.
  const isFull = all.some(({ code, level }) => code === 'tracking-full' && level === 'fault');
  const found = isFull ? all.filter(({ code }) => code !== 'port-silent') : all;
  return LEVELS.flatMap((wanted) => found.filter(({ level }) => level === wanted));
}
