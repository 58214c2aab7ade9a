import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { formatListen, type Forward, type Listen, type Protocol } from '../model/model.ts';
import { indexPorts } from './port-index.ts';

interface Claim {
  readonly order: number;
  readonly forward: Forward;
  readonly listen: Listen;
  readonly protocol: Protocol;
}

/**
 * Two forwards must not claim the same packet: one of them would silently be dead.
 * Any address meets every address; no interface meets every interface.
 */
export function checkListenOverlap(forwards: readonly Forward[]): Finding[] {
  const claims = forwards.flatMap((forward) =>
    forward.listens.flatMap((listen) => forward.protocols.map((protocol) => ({ forward, listen, protocol }))),
  );
  const numbered = claims.map((claim, order) => ({ ...claim, order }));
  const groups = groupBy(numbered, ({ forward, protocol }) => `${forward.family} ${protocol}`);
  return [...groups.values()]
    .flatMap(overlapsIn)
    .toSorted((a, b) => a.order - b.order)
    .map(({ finding }) => finding);
}

/** Claims of one family and protocol: each is held against those of its own address and those of any address. */
function overlapsIn(claims: readonly Claim[]): { readonly order: number; readonly finding: Finding }[] {
  const byAddress = groupBy(claims, ({ listen }) => listen.address ?? '');
  const indexes = new Map(
    [...byAddress].map(([address, group]) => [address, indexPorts(group, ({ listen }) => listen.ports)]),
  );
  return claims.flatMap((claim) => {
    const address = claim.listen.address ?? '';
    const own =
      indexes
        .get(address)
        ?.meeting(claim.listen.ports)
        .filter(({ order }) => order < claim.order) ?? [];
    const any = address === '' ? [] : (indexes.get('')?.meeting(claim.listen.ports) ?? []);
    const rivals = [...own, ...any].filter((rival) => shareInterface(rival.forward, claim.forward));
    return rivals.map((rival) => (rival.order < claim.order ? overlap(claim, rival) : overlap(rival, claim)));
  });
}

function shareInterface({ interfaces: a }: Forward, { interfaces: b }: Forward): boolean {
  if (a.length === 0 || b.length === 0) return true;
  return a.some((first) => b.some((second) => meets(first, second) || meets(second, first)));
}

const meets = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

const overlap = (later: Claim, earlier: Claim): { readonly order: number; readonly finding: Finding } => ({
  order: later.order,
  finding: {
    code: 'listen/overlap',
    message: `${later.protocol} ${formatListen(later.listen, later.forward.family)} meets ${formatListen(earlier.listen, earlier.forward.family)} of ${earlier.forward.name}`,
    remedy: 'change the port, address or interface of one of the two, or remove one',
    path: later.listen.path,
    related: [earlier.listen.path],
  },
});
