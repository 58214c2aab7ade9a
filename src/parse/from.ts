import ipaddr from 'ipaddr.js';
import type { Finding, ModelPath } from '../finding/finding.ts';
import type { Family } from '../model/model.ts';
import { itemPath, listOf } from './schema.ts';
import { bitsOf } from '../model/prefix.ts';
import { quote } from '../finding/quote.ts';
import { parseAddress, type Address } from '../model/address.ts';
import { addressRemedy } from './endpoint.ts';

/** Parses `from`. The result is in file order. `family` is that of the target, if the target is valid. */
export function parseSources(
  from: string | string[],
  family: Family | undefined,
  path: ModelPath,
  findings: Finding[],
): readonly string[] {
  const sources = listOf(from).map((text, index) => ({ text, path: itemPath(from, path, index) }));
  const faults = sources.flatMap((source) => checkSource(source.text, family, source.path));
  findings.push(...(faults.length > 0 ? faults : overlapsIn(sources)));
  return sources.map(({ text }) => text);
}

interface Source {
  readonly text: string;
  readonly path: ModelPath;
}

/**
 * No source may contain another: someone who adds 10.1.0.0/16 to a list with 10.0.0.0/8 may expect that it restricts
 * the list. Sorted by bits, a prefix comes directly before everything that it contains.
 */
function overlapsIn(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  let outer: (Source & { readonly bits: string }) | undefined;
  for (const source of sources.map((one) => ({ ...one, bits: bitsOf(one.text) })).sort(byBits)) {
    if (outer !== undefined && source.bits.startsWith(outer.bits)) findings.push(overlap(source, outer));
    else outer = source;
  }
  return findings;
}

const byBits = (a: { readonly bits: string }, b: { readonly bits: string }): number =>
  a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0;

const overlap = ({ text, path }: Source, outer: Source): Finding => ({
  code: 'from/overlap',
  message:
    text === outer.text ? `${text} is listed twice` : `${text} is part of ${outer.text}, which is listed as well`,
  remedy: 'remove one of the two',
  path,
  related: [outer.path],
});

type Fault = Pick<Finding, 'code' | 'message' | 'remedy'>;

const BITS = { ip: 32, ip6: 128 } as const;
const NAMES = { ip: 'IPv4', ip6: 'IPv6' } as const;

/** Checks one item of `from`: a canonical address, or a prefix without host bits, that clients can have. */
function checkSource(text: string, family: Family | undefined, path: ModelPath): Finding[] {
  const fault = faultOf(text, family);
  return fault === undefined ? [] : [{ ...fault, path }];
}

function faultOf(text: string, family: Family | undefined): Fault | undefined {
  const [, before = '', length] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const address = parseAddress(before);
  if (address === undefined) return invalid(`${quote(text)} is neither an address nor a prefix`, remedyOf(before));
  return (
    notationFault(address, before, length) ?? familyFault(text, address, family) ?? rangeFault(text, address, length)
  );
}

const remedyOf = (text: string): string =>
  text.startsWith('[') ? 'write it without brackets and without a port' : addressRemedy(text);

/** Accepts only one notation for each source. */
function notationFault({ text, family }: Address, written: string, length: string | undefined): Fault | undefined {
  const suffix = length === undefined ? '' : `/${length}`;
  if (text !== written)
    return invalid(`${written} is not the canonical form of this address`, `write ${text}${suffix}`);
  if (length === undefined) return undefined;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > BITS[family])
    return invalid(
      `invalid prefix length in ${quote(`${text}/${length}`)}`,
      `write a number of bits from 1 to ${BITS[family]} after the slash`,
    );
  if (Number(length) === BITS[family]) return invalid(`${text}/${length} is a single address`, `write ${text}`);
  const network = ends(text, length)[0];
  if (network === text) return undefined;
  return invalid(
    `${text}/${length} has host bits set`,
    `write ${network}/${length}, or ${text} for the single address`,
  );
}

function familyFault(text: string, { family }: Address, wanted: Family | undefined): Fault | undefined {
  if (wanted === undefined || family === wanted) return undefined;
  return {
    code: 'forward/family-mismatch',
    message: `${text} is ${NAMES[family]}, but the target is ${NAMES[wanted]}`,
    remedy: `write ${NAMES[wanted]} addresses, or add a separate forward for ${NAMES[family]}`,
  };
}

/** All addresses, or addresses that no client has. A prefix is refused only if that holds for every address in it. */
function rangeFault(text: string, { kind, text: address }: Address, length: string | undefined): Fault | undefined {
  if (length === '0')
    return { code: 'from/pointless', message: `${text} allows every client`, remedy: 'remove the key from' };
  const kinds = new Set(length === undefined ? [kind] : ends(address, length).map((end) => parseAddress(end)?.kind));
  if (kind === 'unicast' || kind === 'link-local' || kinds.size > 1) return undefined;
  return { code: 'from/unusable-address', message: `${text} ${SPECIAL[kind]}`, remedy: REMEDIES[kind] ?? CLIENTS };
}

const CLIENTS = 'write the addresses of the clients, such as 198.51.100.0/24';
const REMEDIES: Partial<Record<Address['kind'], string>> = {
  loopback: 'remove it; connections from this host are always allowed',
  'v4-mapped': 'write the IPv4 address itself, such as 198.51.100.7',
};
const SPECIAL: Record<Exclude<Address['kind'], 'unicast' | 'link-local'>, string> = {
  unspecified: 'is not the address of a client',
  broadcast: 'is the broadcast address, which no client has',
  multicast: 'is a multicast address, which no client has',
  loopback: 'is a loopback address, which no remote client has',
  'v4-mapped': 'is an IPv4-mapped IPv6 address, which never appears on the wire',
};

/** The first and the last address of a prefix. */
const ends = (address: string, length: string): readonly [string, string] => {
  const prefix = `${address}/${length}`;
  const parser = address.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
  const texts = [parser.networkAddressFromCIDR(prefix), parser.broadcastAddressFromCIDR(prefix)].map(
    (end) => parseAddress(end.toString())?.text ?? '',
  );
  return [texts[0] ?? '', texts[1] ?? ''];
};

const invalid = (message: string, remedy: string): Fault => ({ code: 'from/address', message, remedy });
