import { fieldText } from '../nft-json/field-text.ts';
import { soleEntry, type NftObject } from '../nft-json/objects.ts';
import { valuesOf } from '../nft-json/value-text.ts';
import { isLoopback } from '../model/address.ts';
import type { Family } from '../model/model.ts';
import type { ForeignTable, IptablesTable, NftTable } from './observations.ts';

/** What shows that other programs use the routing of this host. */
export interface RoutingObservations {
  /** Of other programs: what filters or translates forwarded packets. Undefined: they could not be read. */
  readonly tables: readonly ForeignTable[] | undefined;
  /** Bridges with ports and a network that appeared after portfwd turned routing on. */
  readonly bridges: readonly { readonly name: string; readonly ports: number }[];
  /** The addresses of this host. */
  readonly addresses: readonly string[];
}

/** Who uses the routing of a family, as a list for a sentence. Empty: only portfwd. */
export function routingUsers(family: Family, { tables, bridges, addresses }: RoutingObservations): string[] {
  if (tables === undefined) return ['the tables of other programs could not be read'];
  const isOther = (address: string): boolean => !isLoopback(address) && !addresses.includes(address);
  return [
    ...tables
      .filter((table) => table.family === 'inet' || table.family === family)
      .flatMap((table) => usesOf(table, family, isOther)),
    ...bridges.map(({ name, ports }) => `bridge ${name} has ${ports === 1 ? 'a port' : `${ports} ports`}`),
  ];
}

function usesOf(table: ForeignTable, family: Family, isOther: IsOther): string[] {
  const uses = table.kind === 'nft' ? usesOfNft(table, family, isOther) : usesOfIptables(table, isOther);
  const name = table.kind === 'iptables' && table.variant === 'legacy' ? `${table.command} table` : 'table';
  const subject = `${name} ${table.family} ${table.name}`;
  if (uses.masquerades) return [`${subject} rewrites the source of forwarded packets`];
  if (uses.forwards) return [`${subject} forwards to another host`];
  return uses.filters ? [`${subject} filters forwarded packets`] : [];
}

/** An address that is not one of this host. */
type IsOther = (address: string) => boolean;

interface Uses {
  readonly masquerades: boolean;
  readonly forwards: boolean;
  readonly filters: boolean;
}

/** Rules that could not be read count, and those that another rule jumps to. */
function usesOfNft({ chains, rules }: NftTable, family: Family, isOther: IsOther): Uses {
  const statements = rules
    ?.map(({ expr }) => expr.map(soleEntry))
    .filter((rule) => !rule.some((statement) => isOnlyFor(OTHER_FAMILY[family], statement)))
    .flat();
  const translates = (hook: string, matches: (statement: NftObject) => boolean): boolean =>
    chains.some((chain) => chain.type === 'nat' && chain.hook === hook) && (statements?.some(matches) ?? true);
  return {
    masquerades: translates('postrouting', ({ kind }) => ['masquerade', 'snat', 'xt'].includes(kind)),
    forwards: translates('prerouting', (statement) => rewritesDestination(statement, isOther)),
    filters: chains
      .filter(({ type }) => type === 'filter')
      .some(({ name, policy }) => policy === 'drop' || (rules?.some(({ chain }) => chain === name) ?? true)),
  };
}

const OTHER_FAMILY = { ip: 'ip6', ip6: 'ip' } as const;
const NFPROTO = { ip: 'ipv4', ip6: 'ipv6' } as const;

/** A rule with this part never applies to the other family. */
function isOnlyFor(family: Family, { kind, body }: NftObject): boolean {
  if (kind === 'snat' || kind === 'dnat') return body['family'] === family;
  if (kind !== 'match') return false;
  const field = fieldText(body['left']);
  if (field.startsWith(`${family} `)) return true;
  const named = valuesOf(body['right']) ?? [];
  return field === 'meta nfproto' && body['op'] === '==' && named.length === 1 && named[0] === NFPROTO[family];
}

/** An address that comes from a map may be that of another host. */
function rewritesDestination({ kind, body }: NftObject, isOther: IsOther): boolean {
  if (kind === 'xt') return true;
  const { addr } = body;
  return kind === 'dnat' && addr !== undefined && (typeof addr !== 'string' || isOther(addr));
}

const usesOfIptables = ({ name, lines }: IptablesTable, isOther: IsOther): Uses => ({
  masquerades: name === 'nat' && lines.some((line) => / -j (?:MASQUERADE|SNAT|NETMAP)\b/.test(line)),
  forwards: name === 'nat' && lines.some((line) => isOther(dnatTarget(line) ?? '127.0.0.1')),
  filters: name !== 'nat' && lines.some((line) => /^-A FORWARD |^-P FORWARD DROP/.test(line)),
});

/** `10.0.0.2` of `-j DNAT --to-destination 10.0.0.2:80`, `fd00::2` of `[fd00::2]:80`. */
const dnatTarget = (line: string): string | undefined =>
  / --to-destination (?:\[(?<bracketed>[^\]]+)\]|(?<plain>[\d.]+|[\da-f:]+))/.exec(line)?.slice(1).find(Boolean);
