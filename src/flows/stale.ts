import { isLinkLocal, isLoopback } from '../model/address.ts';
import { forwardKeys, rowOf } from '../model/forward-keys.ts';
import { textOf } from '../model/forward-values.ts';
import type { Forward } from '../model/model.ts';
import { admits } from '../model/prefix.ts';
import { claimsOf, isWhereItGoes, type Claim, type Claims } from './bindings.ts';
import { isTranslated, type Flow } from './flow.ts';
import { coversInterface } from '../model/interface-name.ts';

export interface Question<F extends Flow> {
  readonly flows: readonly F[];
  /** The forwards that led the flows until now; undefined when nobody remembers. */
  readonly before: readonly Forward[] | undefined;
  /** The forwards that the kernel has now. */
  readonly after: readonly Forward[];
  readonly localAddresses: ReadonlySet<string>;
  /** TCP and SCTP connections may go on as they began. */
  readonly keepConnections: boolean;
}

/**
 * `alike` tells what has to be as stale as this flow, whenever it began: nothing but itself; what has its
 * listen and translation; what goes from its destination address to its target, on whichever ports.
 */
export interface StaleFlow<F extends Flow> {
  readonly flow: F;
  readonly alike: 'none' | 'listen' | 'target';
}

/**
 * The flows that the kernel still leads as it should no longer: NAT is decided by a flow's first packet
 * (facts 14 and 17). The others, of unchanged forwards and of other programs, are not in the result.
 */
export function staleFlows<F extends Flow>(question: Question<F>): StaleFlow<F>[] {
  const { before, after, keepConnections } = question;
  const now = claimsOf(after);
  const past = before === after ? now : claimsOf(before ?? []);
  const isHere = (address: string): boolean => isLoopback(address) || question.localAddresses.has(address);
  return question.flows.flatMap((flow) => {
    if (keepConnections && flow.protocol !== 'udp') return [];
    const alike = (isTranslated(flow) ? ledAstray : overtaken)(flow, past, now, isHere);
    return alike === undefined ? [] : [{ flow, alike }];
  });
}

type Alike = StaleFlow<Flow>['alike'];
type IsHere = (address: string) => boolean;

/**
 * A flow that `past` translated, and that `now` would not, or not like that. Its destination need not be an
 * address of this host any more.
 */
function ledAstray(flow: Flow, past: Claims, now: Claims, isHere: IsHere): Alike | undefined {
  const by = past.holding(flow).filter((claim) => isWhereItGoes(claim, flow));
  if (by.length === 0) return undefined;
  const led = now.holding(flow).filter((claim) => isWhereItGoes(claim, flow) && meansLoopback(claim, flow, isHere));
  const still = led.filter((claim) => letsIn(claim, flow, isHere));
  if (still.length > 0) return by.every((claim) => isCovered(claim, still)) ? undefined : 'none';
  // Of a client that is shut out: others of the same listen go on.
  if (led.length > 0) return 'none';
  return now.leadTo(flow) ? 'listen' : 'target';
}

/**
 * A UDP flow that began before the forward existed goes past it for as long as the client keeps sending, and so
 * does one of a client that the forward shuts out. TCP is left alone: only its first packet is anybody's
 * business, so the connection would not move but die, or go on as it is.
 */
function overtaken(flow: Flow, past: Claims, now: Claims, isHere: IsHere): Alike | undefined {
  if (flow.protocol !== 'udp' || flow.destination === '::1' || !isHere(flow.destination)) return undefined;
  const claims = now
    .holding(flow)
    .filter(
      (claim) =>
        !letsIn(claim, flow, isHere) || (meansLoopback(claim, flow, isHere) && meansLinkLocal(claim, flow, isHere)),
    );
  if (claims.length === 0 || claims.some((claim) => isWhereItGoes(claim, flow) && letsIn(claim, flow, isHere)))
    return undefined;
  if (claims.some(({ interfaces }) => interfaces.length === 0))
    return claims.every((claim) => letsIn(claim, flow, isHere)) ? 'listen' : 'none';
  // Conntrack does not tell interfaces: of a forward that is not new, this is a flow that came in elsewhere.
  const known = past.holding(flow);
  return claims.every((claim) => known.some((old) => isSame(claim, old))) ? undefined : 'none';
}

/** The host's own connections are not restricted. */
const letsIn = ({ from }: Claim, { source }: Flow, isHere: IsHere): boolean => isHere(source) || admits(from, source);

/** What comes from or goes to 127.0.0.0/8 stays on this host, unless the forward says loopback. */
const meansLoopback = ({ target, loopback }: Claim, { family, source, destination }: Flow, isHere: IsHere): boolean =>
  loopback || isHere(target) || family !== 'ip' || ![source, destination].some(isLoopback);

/** What comes from a link-local address cannot leave for another host, and what the host sends to one is not translated. */
const meansLinkLocal = ({ target }: Claim, { family, source, destination }: Flow, isHere: IsHere): boolean =>
  family === 'ip' || (!(isLinkLocal(destination) && isHere(source)) && (!isLinkLocal(source) || isHere(target)));

/** Whichever interface the flow came in by, it still may; and its source is treated as before. */
function isCovered({ interfaces, masquerade }: Claim, still: readonly Claim[]): boolean {
  const alike = still.filter((claim) => claim.masquerade === masquerade);
  const names = interfaces.length === 0 ? ['*'] : interfaces;
  return names.every((name) =>
    alike.some(
      (claim) => claim.interfaces.length === 0 || claim.interfaces.some((other) => coversInterface(other, name)),
    ),
  );
}

const isSame = (a: Claim, b: Claim): boolean =>
  a.target === b.target && a.shift === b.shift && a.interfaces.join(' ') === b.interfaces.join(' ');

/** The forwards whose flows would have to be ended: what a warning names when they could not be. */
export function lingering(before: readonly Forward[], after: readonly Forward[]): readonly string[] {
  const now = new Set(after.map(meaning));
  const past = new Set(before.map(meaning));
  const gone = before.filter((forward) => !now.has(meaning(forward)));
  const overtaken = after.filter((forward) => forward.protocols.includes('udp') && !past.has(meaning(forward)));
  return [...new Set([...gone, ...overtaken].map(({ name }) => name))];
}

/** Everything that decides where a connection goes: not the name, and not the position in the file. */
const meaning = (forward: Forward): string =>
  JSON.stringify([forward.family, ...MOVING_KEYS.map((key) => textOf(key, forward))]);

const MOVING_KEYS = forwardKeys.filter((key) => rowOf(key).movesConnections === true);
