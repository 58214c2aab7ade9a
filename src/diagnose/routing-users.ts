import { soleEntry } from '../nft-json/objects.ts';
import type { Family } from '../model/model.ts';
import type { ForeignTable, IptablesTable, NftTable } from './observations.ts';

/** What shows that other programs use the routing of this host. */
export interface RoutingObservations {
  /** Of other programs: what filters forwarded packets, or rewrites their source. Undefined: they could not be read. */
  readonly tables: readonly ForeignTable[] | undefined;
  /** Bridges with ports and a network that appeared after portfwd turned routing on. */
  readonly bridges: readonly { readonly name: string; readonly ports: number }[];
}

/** Who uses the routing of a family, as a list for a sentence. Empty: only portfwd. */
export function routingUsers(family: Family, { tables, bridges }: RoutingObservations): string[] {
  if (tables === undefined) return ['the tables of other programs could not be read'];
  return [
    ...tables.filter((table) => table.family === 'inet' || table.family === family).flatMap(usesOf),
    ...bridges.map(({ name, ports }) => `bridge ${name} has ${ports === 1 ? 'a port' : `${ports} ports`}`),
  ];
}

function usesOf(table: ForeignTable): string[] {
  const { masquerades, filters } = table.kind === 'nft' ? usesOfNft(table) : usesOfIptables(table);
  const name = table.kind === 'iptables' && table.variant === 'legacy' ? `${table.command} table` : 'table';
  const subject = `${name} ${table.family} ${table.name}`;
  if (masquerades) return [`${subject} rewrites the source of forwarded packets`];
  return filters ? [`${subject} filters forwarded packets`] : [];
}

interface Uses {
  readonly masquerades: boolean;
  readonly filters: boolean;
}

/** Rules that could not be read count. */
function usesOfNft({ chains, rules }: NftTable): Uses {
  const translates = chains.some(({ type }) => type === 'nat');
  const forward = chains.filter(({ type }) => type === 'filter');
  return {
    masquerades: translates && (rules === undefined || rules.some(({ expr }) => expr.some(rewritesSource))),
    filters: forward.some(
      ({ name, policy }) => policy === 'drop' || (rules?.some(({ chain }) => chain === name) ?? true),
    ),
  };
}

const rewritesSource = (statement: unknown): boolean =>
  ['masquerade', 'snat', 'xt'].includes(soleEntry(statement).kind);

const usesOfIptables = ({ name, lines }: IptablesTable): Uses => ({
  masquerades: name === 'nat' && lines.some((line) => / -j (?:MASQUERADE|SNAT|NETMAP)\b/.test(line)),
  filters: name !== 'nat' && lines.some((line) => /^-A FORWARD |^-P FORWARD DROP/.test(line)),
});
