import { groupBy } from '../../model/group-by.ts';
import { readIptablesRule } from './iptables-rule.ts';
import { readNftRule } from './nft-rule.ts';
import type { ForeignTable, IptablesTable, NftTable } from '../observations.ts';
import { UNREADABLE, type Chain, type Rule } from './rule.ts';

/** The base chains of other programs. */
export const readChains = (tables: readonly ForeignTable[]): Chain[] =>
  tables.flatMap((table) => (table.kind === 'nft' ? nftChains(table) : iptablesChains(table)));

function nftChains({ family, name: table, chains, rules }: NftTable): Chain[] {
  const read = rules === undefined ? unreadable(chains) : rulesByChain(rules);
  return chains.map((chain) => ({ ...chain, family, table, rules: read, command: 'nft' }));
}

const unreadable = (chains: NftTable['chains']): Map<string, readonly Rule[]> =>
  new Map(chains.map(({ name }) => [name, [UNREADABLE]]));

function rulesByChain(rules: NonNullable<NftTable['rules']>): Map<string, readonly Rule[]> {
  const groups = groupBy(rules, ({ chain }) => chain);
  return new Map([...groups].map(([chain, some]) => [chain, some.flatMap(({ expr }) => readNftRule(expr))]));
}

/** The base chains of the tables of iptables, the same with its nft and its legacy variant. */
const BUILT_IN: Readonly<Record<string, Readonly<Record<string, Pick<Chain, 'type' | 'hook' | 'priority'>>>>> = {
  filter: {
    FORWARD: { type: 'filter', hook: 'forward', priority: 0 },
    INPUT: { type: 'filter', hook: 'input', priority: 0 },
    OUTPUT: { type: 'filter', hook: 'output', priority: 0 },
  },
  raw: {
    PREROUTING: { type: 'filter', hook: 'prerouting', priority: -300 },
  },
  mangle: {
    PREROUTING: { type: 'filter', hook: 'prerouting', priority: -150 },
    FORWARD: { type: 'filter', hook: 'forward', priority: -150 },
    INPUT: { type: 'filter', hook: 'input', priority: -150 },
    OUTPUT: { type: 'route', hook: 'output', priority: -150 },
    POSTROUTING: { type: 'filter', hook: 'postrouting', priority: -150 },
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
  return Object.entries((Object.hasOwn(BUILT_IN, table) ? BUILT_IN[table] : undefined) ?? {}).map(([name, hooked]) => {
    const policy = lines.find((line) => line.startsWith(`-P ${name} `))?.endsWith('DROP') === true ? 'drop' : 'accept';
    return { family, table, name, ...hooked, policy, rules, command };
  });
}
