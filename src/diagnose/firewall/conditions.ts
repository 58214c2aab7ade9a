import { parseAddress } from '../../model/address.ts';
import { longestMatch } from '../../model/prefix.ts';
import type { Family, PortRange } from '../../model/model.ts';
import type { Packet } from './packet.ts';
import type { Answer, Condition } from './rule.ts';
import { coversInterface } from '../../model/interface-name.ts';

/** The conditions that rules of nft and of iptables have in common. */
export const isFamily = (family: string): Condition => about('other', (packet) => packet.family === family);

export const isProtocol = (names: readonly string[]): Condition =>
  about('other', ({ protocol }) => names.includes(protocol) || names.includes(NUMBERS[protocol]));

const NUMBERS = { tcp: '6', udp: '17', sctp: '132' } as const;

/** Addresses and prefixes; those of the other family do not match. */
export const isDestination = (prefixes: readonly string[]): Condition =>
  about('forward', ({ family, destination, ownAddresses }) => holds(prefixes, family, destination, ownAddresses));

export const isOriginalDestination = (prefixes: readonly string[]): Condition =>
  about('forward', ({ family, original, ownAddresses }) => holds(prefixes, family, original.destination, ownAddresses));

export const isPort = (ports: readonly PortRange[]): Condition => ({
  ...about('forward', (packet) => meets(ports, packet.ports)),
  ports,
});

export const isOriginalPort = (ports: readonly PortRange[]): Condition =>
  about('forward', ({ original }) => meets(ports, original.ports));

/** The connection is new. */
export const hasState = (states: readonly string[]): Condition => about('other', () => states.includes('new'));

export const isTranslated = (): Condition => about('forward', ({ translated }) => translated);

/** The address type of the destination: `local`, or `unicast` for everything else. */
export const isDestinationType = (types: readonly string[]): Condition =>
  about('other', ({ local }) => types.some((type) => type.toLowerCase() === (local ? 'local' : 'unicast')));

/** Packets from outside never come in through lo. */
export const comesIn = (names: readonly string[]): Condition =>
  about('interface', (packet) => {
    const rest = names.filter((name) => name !== 'lo');
    if (rest.length === 0) return false;
    return packet.comesIn.length > 0 ? named(rest, packet.comesIn) : undefined;
  });

export const leaves = (names: readonly string[]): Condition =>
  about('interface', (packet) => (packet.leaves === undefined ? undefined : named(names, [packet.leaves])));

const about = (what: Condition['about'], test: (packet: Packet) => Answer): Condition => ({ about: what, test });

function holds(
  prefixes: readonly string[],
  family: Family,
  address: string | undefined,
  ownAddresses: readonly string[],
): Answer {
  if (prefixes.every((prefix) => prefix.includes(':') !== (family === 'ip6'))) return false;
  if (address === undefined) return agreed(ownAddresses.map((own) => holds(prefixes, family, own, [])));
  const full = prefixes.map((prefix) =>
    prefix.includes('/') ? prefix : `${prefix}/${prefix.includes(':') ? 128 : 32}`,
  );
  const usable = full.filter((prefix) => parseAddress(prefix.split('/')[0] ?? '') !== undefined);
  return usable.length < full.length ? undefined : longestMatch(usable, address) !== undefined;
}

/** The common answer; undefined if they differ or if there is none. */
function agreed([first, ...more]: readonly Answer[]): Answer {
  return more.every((answer) => answer === first) ? first : undefined;
}

function meets(ranges: readonly PortRange[], ports: PortRange): Answer {
  if (ranges.some(({ first, last }) => first <= ports.first && ports.last <= last)) return true;
  return ranges.some(({ first, last }) => first <= ports.last && ports.first <= last) ? undefined : false;
}

/** On both sides, `eth*` matches every name that begins with `eth`. */
function named(names: readonly string[], interfaces: readonly string[]): Answer {
  const answers = interfaces.map((name) => {
    if (names.some((pattern) => coversInterface(pattern, name))) return true;
    return name.endsWith('*') && names.some((pattern) => coversInterface(name, pattern)) ? undefined : false;
  });
  if (answers.every((answer) => answer === true)) return true;
  return answers.every((answer) => answer === false) ? false : undefined;
}
