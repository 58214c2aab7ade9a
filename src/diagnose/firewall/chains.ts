import { groupBy } from '../../model/group-by.ts';
import { readIptablesRule } from './iptables-rule.ts';
import { readNftRule } from './nft-rule.ts';
import type { ForeignTable, IptablesTable, NftTable } from '../observations.ts';
import type { Chain, Rule } from './rule.ts';

/** The base chains of other programs, whichever wrote them. */
export const readChains = (tables: readonly ForeignTable[]): Chain[] =>
  tables.flatMap((table) => (table.kind === 'nft' ? nftChains(table) : iptablesChains(table)));

/** Where the rules could not be read, nothing can be said of a chain but that it is there. */
function nftChains({ family, name, chains, rules = [] }: NftTable): Chain[] {
  const groups = groupBy(rules, ({ chain }) => chain);
  const read = new Map([...groups].map(([chain, some]) => [chain, some.flatMap(({ expr }) => readNftRule(expr))]));
  return chains.map((chain) => ({ ...chain, family, table: name, rules: read, command: 'nft' }));
}

/** The chains that iptables' tables have by themselves, where they are hooked: the same in both variants. */
const BUILT_IN: Readonly<Record<string, Readonly<Record<string, Pick<Chain, 'type' | 'hook' | 'priority'>>>>> = {
  filter: {
    FORWARD: { type: 'filter', hook: 'forward', priority: 0 },
    INPUT: { type: 'filter', hook: 'input', priority: 0 },
  },
  mangle: {
    FORWARD: { type: 'filter', hook: 'forward', priority: -150 },
    INPUT: { type: 'filter', hook: 'input', priority: -150 },
  },
  security: {
    FORWARD: { type: 'filter', hook: 'forward', priority: 50 },
    INPUT: { type: 'filter', hook: 'input', priority: 50 },
  },
  nat: {
    PREROUTING: { type: 'nat', hook: 'prerouting', priority: -100 },
    OUTPUT: { type: 'nat', hook: 'output', priority: -100 },
  },
};

function iptablesChains({ family, name: table, command, lines }: IptablesTable): Chain[] {
  const appended = lines.map(readIptablesRule).filter((rule) => rule !== undefined);
  const groups = groupBy(appended, ({ chain }) => chain);
  const declared = lines.map((line) => /^-[NP] (\S+)/.exec(line)?.[1]).filter((name) => name !== undefined);
  const rules = new Map<string, readonly Rule[]>(
    declared.map((chain) => [chain, (groups.get(chain) ?? []).map(({ rule }) => rule)]),
  );
  return Object.entries(BUILT_IN[table] ?? {}).map(([name, hooked]) => {
    const policy = lines.find((line) => line.startsWith(`-P ${name} `))?.endsWith('DROP') === true ? 'drop' : 'accept';
    return { family, table, name, ...hooked, policy, rules, command };
  });
}
