import type { Problem } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { parseAddress, type Address } from '../model/address.ts';
import type { Family } from '../model/model.ts';
import { bitsOf, firstAndLast } from '../model/prefix.ts';
import { addressRemedy } from './endpoint.ts';
import { clientsExcept, rangeRemedy } from './spelling/clients.ts';

/**
 * What is wrong with one item of `from`; undefined for a canonical address, or a prefix without host bits, that clients
 * can have.
 */
export function sourceProblem(text: string, family: Family | undefined): Problem | undefined {
  if (family !== undefined && isKnown(text, family)) return undefined;
  const fault = faultOf(text, family);
  if (fault === undefined && family !== undefined && sound[family].size < MOST_KNOWN) sound[family].add(text);
  return fault;
}

/** Only single addresses and what was sound before. */
function isKnown(text: string, family: Family): boolean {
  if (sound[family].has(text)) return true;
  const address = parseAddress(text);
  return address?.text === text && address.family === family && address.kind === 'unicast';
}

/** Many forwards have the same clients. */
const sound = { ip: new Set<string>(), ip6: new Set<string>() } as const;
const MOST_KNOWN = 10_000;

function faultOf(text: string, family: Family | undefined): Problem | undefined {
  const [, before = '', length] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const address = parseAddress(before);
  if (address === undefined)
    return invalid(`${quote(text)} is neither an address nor a prefix`, remedyOf(text, before));
  return (
    notationFault(address, before, length) ?? familyFault(text, address, family) ?? rangeFault(text, address, length)
  );
}

const BITS = { ip: 32, ip6: 128 } as const;
const NAMES = { ip: 'IPv4', ip6: 'IPv6' } as const;

function remedyOf(text: string, address: string): string {
  if (text.startsWith('!')) return exclusionRemedy(text.slice(1).trim());
  if (EVERYONE.has(text.toLowerCase())) return 'to allow every client, write the forward without the key from';
  const bare = text.trim();
  if (bare !== text && faultOf(bare, undefined) === undefined) return `write ${bare}`;
  const range = rangeRemedy(text);
  if (range !== undefined) return range;
  return text.startsWith('[') ? 'write it without brackets and without a port' : addressRemedy(address);
}

const EVERYONE: ReadonlySet<string> = new Set([
  'any',
  'all',
  'anyone',
  'anywhere',
  'everyone',
  'everywhere',
  'world',
  '*',
]);

/** For `!10.0.0.0/8`. Without the exclamation mark it would allow exactly those that it should not. */
export function exclusionRemedy(excluded: string): string {
  const others = clientsExcept(excluded);
  const list = 'list the clients that are allowed; from cannot exclude clients';
  return others === undefined || others.length > MOST_CLIENTS
    ? list
    : `${list}; all clients except ${excluded} are from: [${others.map(inQuotes).join(', ')}]`;
}

const MOST_CLIENTS = 32;
const inQuotes = (text: string): string => (text.includes('::') ? `"${text}"` : text);

/** Accepts only one notation for each source. */
function notationFault({ text, family }: Address, written: string, length: string | undefined): Problem | undefined {
  const suffix = length === undefined ? '' : `/${length}`;
  if (text !== written)
    return invalid(`${written} is not the canonical form of this address`, `write ${text}${suffix}`);
  if (length === undefined) return undefined;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > BITS[family])
    return invalid(
      `invalid prefix length in ${quote(`${text}/${length}`)}`,
      maskRemedy(text, length) ?? `write a number of bits from 1 to ${BITS[family]} after the slash`,
    );
  if (Number(length) === BITS[family]) return invalid(`${text}/${length} is a single address`, `write ${text}`);
  const network = firstAndLast(`${text}/${length}`)[0];
  if (network === text) return undefined;
  return invalid(
    `${text}/${length} has host bits set`,
    `write ${network}/${length}, or ${text} for the single address`,
  );
}

/** For a mask such as 255.255.255.0. */
function maskRemedy(address: string, mask: string): string | undefined {
  const isMask = !address.includes(':') && parseAddress(mask)?.family === 'ip' && /^1+0*$/.test(bitsOf(mask));
  const length = isMask ? bitsOf(mask).lastIndexOf('1') + 1 : 0;
  if (length === 0) return undefined;
  return `write ${length === 32 ? address : `${firstAndLast(`${address}/${length}`)[0]}/${length}`}`;
}

function familyFault(text: string, { family }: Address, wanted: Family | undefined): Problem | undefined {
  if (wanted === undefined || family === wanted) return undefined;
  return {
    code: 'forward/family-mismatch',
    message: `${text} is ${NAMES[family]}, but the target is ${NAMES[wanted]}`,
    remedy: `write ${NAMES[wanted]} addresses, or add a separate forward for ${NAMES[family]}`,
  };
}

/** All addresses, or addresses that no client has. A prefix is refused only if that holds for every address in it. */
function rangeFault(text: string, { kind, text: address }: Address, length: string | undefined): Problem | undefined {
  if (length === '0')
    return {
      code: 'from/pointless',
      message: `${text} allows every client`,
      remedy: 'list only the clients that are allowed; to allow every client, write the forward without the key from',
    };
  const kinds = new Set(
    length === undefined ? [kind] : firstAndLast(`${address}/${length}`).map((end) => parseAddress(end)?.kind),
  );
  if (kind === 'unicast' || kind === 'link-local' || kinds.size > 1) return undefined;
  return { code: 'from/unusable-address', message: `${text} ${SPECIAL[kind]}`, remedy: REMEDIES[kind] ?? CLIENTS };
}

const CLIENTS = 'write the addresses of the clients, such as 198.51.100.0/24';
const REMEDIES: Partial<Record<Address['kind'], string>> = {
  loopback:
    'list clients outside; connections from this host are always allowed, and a listen on 127.0.0.1 is for this host alone',
  'v4-mapped': 'write the IPv4 address itself, such as 198.51.100.7',
};
const SPECIAL: Record<Exclude<Address['kind'], 'unicast' | 'link-local'>, string> = {
  unspecified: 'is not the address of a client',
  broadcast: 'is the broadcast address, which no client has',
  multicast: 'is a multicast address, which no client has',
  loopback: 'is a loopback address, which no remote client has',
  'v4-mapped': 'is an IPv4-mapped IPv6 address, which never appears on the wire',
};

const invalid = (message: string, remedy: string): Problem => ({ code: 'from/address', message, remedy });
