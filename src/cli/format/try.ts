import { groupBy } from '../../model/group-by.ts';
import type { Forward } from '../../model/model.ts';
import type { Expected } from '../../tryout/expectation.ts';
import { PATHS, type NotTried, type Path } from '../../tryout/probes.ts';
import { endOf } from '../../tryout/verdict.ts';
import { formatTable } from './table.ts';

export interface Tried {
  readonly forwards: readonly Forward[];
  readonly notTried: readonly NotTried[];
  readonly results: readonly (Expected & { readonly fault: string | undefined })[];
}

type Result = Tried['results'][number];

const HEADS: Readonly<Record<Path, string>> = {
  outside: 'OUTSIDE',
  refused: 'NOT IN FROM',
  neighbour: 'SAME SUBNET',
  host: 'THIS HOST',
  loopback: 'LOOPBACK',
  target: 'TARGET ITSELF',
};

/** A line for each forward, then what was not as expected, and what was not tried. */
export function formatTrial({ forwards, notTried, results }: Tried): string {
  const rows = forwards.map((forward) => [
    forward.name,
    ...PATHS.map((path) => cell(results.filter((one) => one.probe.forward === forward && one.probe.path === path))),
  ]);
  if (forwards.length === 0) return 'no forward is switched on, so nothing was tried\n';
  const faults = results.filter(({ fault }) => fault !== undefined);
  const reasons = notTried.filter(({ why }) => why !== '');
  return [
    formatTable([['NAME', ...PATHS.map((path) => HEADS[path])], ...rows]),
    ...(results.some(isMasqueraded) ? ['*: the target sees an address of this host as the client\n'] : []),
    ...faults.map((one) => `${describe(one)}: ${one.fault ?? ''}\n`),
    ...grouped(reasons),
    `${results.length - faults.length} of ${results.length} connections went as expected\n`,
  ].join('');
}

/** One line for each reason of a forward. */
function grouped(reasons: readonly NotTried[]): string[] {
  const lines = groupBy(reasons, ({ forward, why }) => `${forward.name}\n${why}`);
  return [...lines.values()].map((group) => {
    const paths = [...new Set(group.map(({ path }) => HEADS[path].toLowerCase()))].join(', ');
    return `not tried: ${group[0]?.forward.name ?? ''} (${paths}): ${group[0]?.why ?? ''}\n`;
  });
}

function cell(results: readonly Result[]): string {
  if (results.length === 0) return '-';
  if (results.some(({ fault }) => fault !== undefined)) return 'WRONG';
  const words = results.map((one) => (isMasqueraded(one) ? 'works*' : WORDS[one.expectation.kind]));
  return [...new Set(words)].join(', ');
}

const WORDS: Readonly<Record<Expected['expectation']['kind'], string>> = {
  answer: 'works',
  none: 'not forwarded',
  dropped: 'dropped',
  around: 'no reply',
};

const isMasqueraded = ({ expectation }: Result): boolean => expectation.kind === 'answer' && expectation.masqueraded;

function describe({ probe: { forward, path, packet } }: Result): string {
  const from = path === 'host' || path === 'loopback' ? 'this host' : packet.source;
  return `WRONG: ${forward.name}, ${packet.protocol} from ${from} to ${endOf(packet.destination, packet.destinationPort)}`;
}

export const trialJson = ({ notTried, results }: Tried): object => ({
  results: results.map(({ probe: { forward, path, packet }, expectation, fault }) => ({
    forward: forward.name,
    path,
    protocol: packet.protocol,
    ...(packet.path === 'own' ? {} : { from: packet.source, interface: packet.iifname }),
    to: endOf(packet.destination, packet.destinationPort),
    expected: expectation.kind,
    ...(expectation.kind === 'answer'
      ? { target: endOf(expectation.at.address, expectation.at.port), masqueraded: expectation.masqueraded }
      : {}),
    ok: fault === undefined,
    ...(fault === undefined ? {} : { fault }),
  })),
  notTried: notTried
    .filter(({ why }) => why !== '')
    .map(({ forward, path, why }) => ({ forward: forward.name, path, why })),
});
