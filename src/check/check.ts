import type { Finding } from '../finding/finding.ts';
import { enabledForwards, type Forward, type Model } from '../model/model.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { checkAmbiguousInterfaces } from './ambiguous-interfaces.ts';
import { checkDuplicateName } from './duplicate-name.ts';
import { checkFamilyMismatch } from './family-mismatch.ts';
import { checkListenAddress } from './listen-address.ts';
import { checkListenOverlap } from './listen-overlap.ts';
import { checkLoopbackNotForwarded } from './loopback-not-forwarded.ts';
import { checkLoopback } from './loopback.ts';
import { checkMss } from './mss.ts';
import { checkRangeLength } from './range-length.ts';
import { checkFromOnLoopback } from './from-on-loopback.ts';
import { checkTargetAddress } from './target-address.ts';
import { checkTargetIsListen } from './target-is-listen.ts';
import { checkTooManyClients } from './too-many-clients.ts';
import { checkTooManyElements } from './too-many-elements.ts';

/** The checks of a whole model. A disabled forward is checked only for its name. */
export function check(model: Model, facts?: HostFacts): Finding[] {
  const forwards = enabledForwards(model);
  return [
    ...checkDuplicateName(model.forwards),
    ...CHECKS.flatMap((one) => findingsOf(one, forwards, facts)),
    ...checkListenOverlap(forwards),
    ...checkAmbiguousInterfaces(forwards),
    ...checkTargetIsListen(forwards, facts),
    ...checkTooManyElements(forwards),
    ...checkTooManyClients(forwards),
    ...checkLoopbackNotForwarded(forwards, facts),
  ];
}

/** A loop rather than flatMap: nearly every forward has no findings. */
function findingsOf(checkOne: Check, forwards: readonly Forward[], facts?: HostFacts): Finding[] {
  const findings: Finding[] = [];
  for (const forward of forwards) {
    const found = checkOne(forward, facts);
    for (const finding of found) findings.push(finding);
  }
  return findings;
}

type Check = (forward: Forward, facts?: HostFacts) => readonly Finding[];

/** Checks that need only one forward. */
const CHECKS: readonly Check[] = [
  checkFamilyMismatch,
  checkRangeLength,
  checkListenAddress,
  checkFromOnLoopback,
  checkTargetAddress,
  checkLoopback,
  checkMss,
];
