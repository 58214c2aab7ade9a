import { parseAddress } from '../../model/address.ts';
import { bitsOf, longestMatch } from '../../model/prefix.ts';
import type { Family, PortRange } from '../../model/model.ts';
import type { Marks } from './mark-change.ts';
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

/** The sender of the replies, after the translation. */
export const isReplySource = (prefixes: readonly string[]): Condition =>
  about('forward', ({ family, destination, ownAddresses, translated, place }) =>
    translated && place !== 'reply' ? holds(prefixes, family, destination, ownAddresses) : undefined,
  );

export const isReplySourcePort = (ports: readonly PortRange[]): Condition =>
  about('forward', (packet) =>
    packet.translated && packet.place !== 'reply' ? meets(ports, packet.ports) : undefined,
  );

export const isPort = (ports: readonly PortRange[]): Condition => ({
  ...about('forward', (packet) => meets(ports, packet.ports)),
  ports,
});

export const isOriginalPort = (ports: readonly PortRange[]): Condition =>
  about('forward', ({ original }) => meets(ports, original.ports));

/** `new` is the first packet of a connection. */
export const hasState = (states: readonly string[]): Condition =>
  about('other', ({ place }) => states.includes(place === undefined ? 'new' : 'established'));

export const hasDirection = (directions: readonly string[]): Condition =>
  about('other', ({ place }) => directions.includes(place === 'reply' ? 'reply' : 'original'));

/** The mark of the packet or of its connection, without the other bits of the mask. */
export const hasMark = (of: keyof Marks, values: readonly PortRange[], mask: number): Condition =>
  about('other', ({ marks }) => {
    const mark = marks?.[of];
    return mark === undefined ? undefined : values.some(({ first, last }) => isBetween(first, mark & mask, last));
  });

const isBetween = (first: number, signed: number, last: number): boolean =>
  first <= signed >>> 0 && signed >>> 0 <= last;

/** Addresses and prefixes. */
export const hasSource = (prefixes: readonly string[]): Condition =>
  about('other', ({ family, source }) => {
    if (source === undefined) return undefined;
    return source.includes('/') ? containsAll(prefixes, source) : holds(prefixes, family, source, []);
  });

/** Undefined: some addresses of the network, but perhaps not all. */
function containsAll(prefixes: readonly string[], network: string): Answer {
  if (!prefixes.map(withLength).every(isReadable)) return undefined;
  const bits = bitsOf(network);
  const others = prefixes.filter((prefix) => prefix.includes(':') === network.includes(':')).map(bitsOf);
  if (others.some((other) => bits.startsWith(other))) return true;
  return others.some((other) => other.startsWith(bits)) ? undefined : false;
}

export const isTranslated = (): Condition =>
  about('forward', ({ translated, place }) => translated || place !== undefined);

/** The address type of the destination: `local`, or `unicast` for everything else. */
export const isDestinationType = (types: readonly string[]): Condition =>
  about('other', ({ local }) => types.some((type) => type.toLowerCase() === (local ? 'local' : 'unicast')));

/** Packets from outside never come in through lo. */
export const comesIn = (names: readonly string[]): Condition => ({
  ...about('interface', (packet) => {
    const rest = names.filter((name) => name !== 'lo');
    if (rest.length === 0) return false;
    return packet.comesIn.length > 0 ? named(rest, packet.comesIn) : undefined;
  }),
  interfaces: names,
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
  const full = prefixes.map(withLength);
  return full.every(isReadable) ? longestMatch(full, address) !== undefined : undefined;
}

const withLength = (prefix: string): string =>
  prefix.includes('/') ? prefix : `${prefix}/${prefix.includes(':') ? 128 : 32}`;

function isReadable(prefix: string): boolean {
  const [address = '', length = ''] = prefix.split('/');
  return (
    parseAddress(address) !== undefined &&
    /^\d{1,3}$/.test(length) &&
    Number(length) <= (address.includes(':') ? 128 : 32)
  );
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
