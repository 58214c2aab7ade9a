import ipaddr from 'ipaddr.js';
import type { Finding, ModelPath } from '../finding/finding.ts';
import type { Family } from '../model/model.ts';
import { itemPath, listOf } from './schema.ts';
import { bitsOf } from '../model/prefix.ts';
import { quote } from '../finding/quote.ts';
import { parseAddress, type Address } from '../model/address.ts';
import { addressRemedy } from './endpoint.ts';

/** The clients under `from`, in the order of the file; `family` is the target's, where that could be read. */
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
 * A list says each client once: who writes 10.1.0.0/16 beside 10.0.0.0/8 may think that it narrows something.
 * In the order of their bits a prefix comes right before all that it holds.
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
  message: text === outer.text ? `${text} stands here twice` : `${text} lies in ${outer.text}, which stands here too`,
  remedy: 'remove one of the two',
  path,
  related: [outer.path],
});

type Fault = Pick<Finding, 'code' | 'message' | 'remedy'>;

const BITS = { ip: 32, ip6: 128 } as const;
const NAMES = { ip: 'IPv4', ip6: 'IPv6' } as const;

/** One item of `from`: an address as it is usually written, or a prefix without host bits, of clients outside. */
function checkSource(text: string, family: Family | undefined, path: ModelPath): Finding[] {
  const fault = faultOf(text, family);
  return fault === undefined ? [] : [{ ...fault, path }];
}

function faultOf(text: string, family: Family | undefined): Fault | undefined {
  const [, before = '', length] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const address = parseAddress(before);
  if (address === undefined) return invalid(`${quote(text)} is neither an address nor a prefix`, remedyOf(before));
  return spelling(address, before, length) ?? ofFamily(text, address, family) ?? useless(text, address, length);
}

const remedyOf = (text: string): string =>
  text.startsWith('[') ? 'write it without brackets and without a port' : addressRemedy(text);

/** Each source is written in one way only. */
function spelling({ text, family }: Address, written: string, length: string | undefined): Fault | undefined {
  const behind = length === undefined ? '' : `/${length}`;
  if (text !== written)
    return invalid(`${written} is not the usual way to write this address`, `write ${text}${behind}`);
  if (length === undefined) return undefined;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > BITS[family])
    return invalid(
      `${quote(`${text}/${length}`)} is no prefix: behind the slash stands its length in bits`,
      `write 1 to ${BITS[family]} there`,
    );
  if (Number(length) === BITS[family]) return invalid(`${text}/${length} is one address`, `write ${text}`);
  const network = ends(text, length)[0];
  if (network === text) return undefined;
  return invalid(
    `${text}/${length} has bits behind its prefix`,
    `write ${network}/${length}, or ${text} for that address alone`,
  );
}

function ofFamily(text: string, { family }: Address, wanted: Family | undefined): Fault | undefined {
  if (wanted === undefined || family === wanted) return undefined;
  return {
    code: 'forward/family-mismatch',
    message: `${text} is ${NAMES[family]} and the target is ${NAMES[wanted]}: no client of the one reaches the other`,
    remedy: `write ${NAMES[wanted]} addresses, or a forward of its own for ${NAMES[family]}`,
  };
}

/** Everybody, and what no packet from outside comes from. A prefix is something special when all of it is. */
function useless(text: string, { kind, text: address }: Address, length: string | undefined): Fault | undefined {
  if (length === '0') return { code: 'from/pointless', message: `${text} is everybody`, remedy: 'remove the key from' };
  const kinds = new Set(length === undefined ? [kind] : ends(address, length).map((end) => parseAddress(end)?.kind));
  if (kind === 'unicast' || kind === 'link-local' || kinds.size > 1) return undefined;
  return { code: 'from/unusable-address', message: `${text} ${SPECIAL[kind]}`, remedy: REMEDIES[kind] ?? CLIENTS };
}

const CLIENTS = 'write the addresses of the clients, such as 198.51.100.0/24';
const REMEDIES: Partial<Record<Address['kind'], string>> = {
  loopback: "remove it: the host's own connections are not restricted",
  'v4-mapped': 'write the IPv4 address itself, four numbers such as 198.51.100.7',
};
const SPECIAL: Record<Exclude<Address['kind'], 'unicast' | 'link-local'>, string> = {
  unspecified: 'is no address of a client',
  broadcast: 'is the broadcast address, which no client has',
  multicast: 'is multicast, which no client has',
  loopback: 'is never the address of a client outside',
  'v4-mapped': 'is IPv4 in IPv6 dress; packets never carry it',
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
