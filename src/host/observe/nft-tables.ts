import * as z from 'zod/mini';
import type { ForeignTable, NftTable } from '../../diagnose/observations.ts';
import { readIptables, readLegacyTables } from './iptables-tables.ts';
import { withPortSets } from './port-sets.ts';
import { run } from '../process/run.ts';
import { bodiesOf, readListing } from '../../nft-json/objects.ts';

export interface TableName {
  readonly family: string;
  readonly name: string;
}

/**
 * The tables of other programs with base chains that can drop, translate or mark IP packets. Undefined without permission, or if
 * nft fails. Sets are read only if they contain ports, since others can be huge (--terse).
 */
export const readForeignTables = async (ours: readonly TableName[]): Promise<readonly ForeignTable[] | undefined> =>
  readTables(ours, {
    filter: ['prerouting', 'forward', 'input'],
    route: ['output'],
    nat: ['prerouting', 'output', 'postrouting'],
  });

/** The tables of other programs that filter or translate forwarded packets. */
export const readRoutingTables = async (ours: readonly TableName[]): Promise<readonly ForeignTable[] | undefined> =>
  readTables(ours, { filter: ['forward'], nat: ['prerouting', 'postrouting'] });

/** The tables of other programs whose chains can set the marks of packets that are forwarded, or that this host sends. */
export const readMarkingTables = async (ours: readonly TableName[]): Promise<readonly ForeignTable[] | undefined> =>
  readTables(ours, {
    filter: ['prerouting', 'forward', 'output', 'postrouting'],
    route: ['output'],
    nat: ['prerouting', 'output', 'postrouting'],
  });

/** All tables of other programs that IP packets can meet, with what their rules counted. */
export const readCountedTables = async (ours: readonly TableName[]): Promise<readonly ForeignTable[] | undefined> =>
  readTables(
    ours,
    {
      filter: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
      route: ['output'],
      nat: ['prerouting', 'input', 'output', 'postrouting'],
    },
    true,
  );

/** Of each type of chain, the hooks that count. */
type Hooks = Readonly<Record<string, readonly string[]>>;

async function readTables(
  ours: readonly TableName[],
  hooks: Hooks,
  isCounted = false,
): Promise<readonly ForeignTable[] | undefined> {
  const { exitCode, stdout } = await run('nft', ['-j', 'list', 'chains']);
  const chains = exitCode === 0 ? bodiesIn(stdout, 'chain', chainSchema) : undefined;
  if (chains === undefined) return undefined;
  const foreign = tablesOf(chains, hooks).filter(
    ({ family, name }) => !ours.some((own) => own.family === family && own.name === name),
  );
  const [tables, legacy] = await Promise.all([
    Promise.all(foreign.map(async (table) => withRules(table, isCounted))),
    readLegacyTables(isCounted),
  ]);
  return [...tables, ...legacy];
}

const FAMILIES = new Set(['ip', 'ip6', 'inet']);

type BaseChain = NftTable['chains'][number];

type Table = Omit<NftTable, 'rules'>;

function tablesOf(listed: readonly ListedChain[], hooks: Hooks): Table[] {
  const tables = new Map<string, Table & { readonly chains: BaseChain[] }>();
  for (const chain of listed) {
    if (chain.hook === undefined || !FAMILIES.has(chain.family)) continue;
    const { family, table: name, name: chainName, type = '', hook, prio = 0, policy = 'accept' } = chain;
    if (!Object.hasOwn(hooks, type) || hooks[type]?.includes(hook) !== true) continue;
    const table = tables.get(`${family} ${name}`) ?? { kind: 'nft', family, name, chains: [] };
    table.chains.push({ name: chainName, type, hook, priority: prio, policy });
    tables.set(`${family} ${name}`, table);
  }
  return [...tables.values()];
}

const chainSchema = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.optional(z.string()),
  hook: z.optional(z.string()),
  prio: z.optional(z.number()),
  policy: z.optional(z.string()),
});

type ListedChain = z.infer<typeof chainSchema>;

/** nft cannot print all matches of rules that iptables-nft created; iptables-nft can. */
async function withRules(table: Table, isCounted: boolean): Promise<ForeignTable> {
  const read = isIptables(table)
    ? await readIptables(table.family as 'ip' | 'ip6', table.name, 'nft', isCounted)
    : undefined;
  return read ?? { ...table, rules: await rulesOf(table) };
}

/** For chains with another name or priority, iptables prints nothing and exits 0. */
const isIptables = ({ family, name: table, chains }: Table): boolean =>
  family !== 'inet' &&
  chains.every(
    ({ name, type, hook, priority }) =>
      name === hook.toUpperCase() &&
      type === typeOf(table, hook) &&
      priority === (hook === 'postrouting' ? 100 : IPTABLES_PRIORITIES[table]),
  );

function typeOf(table: string, hook: string): string {
  if (table === 'nat') return 'nat';
  return table === 'mangle' && hook === 'output' ? 'route' : 'filter';
}

const IPTABLES_PRIORITIES: Readonly<Record<string, number>> = {
  filter: 0,
  mangle: -150,
  nat: -100,
  raw: -300,
  security: 50,
};

async function rulesOf({ family, name }: Table): Promise<NftTable['rules']> {
  const { exitCode, stdout } = await run('nft', ['-j', '-t', 'list', 'table', family, name]);
  const listed = exitCode === 0 ? bodiesIn(stdout, 'rule', ruleSchema) : undefined;
  const rules = listed?.map(({ chain, expr = [] }) => ({ chain, expr }));
  if (rules === undefined) return undefined;
  return withPortSets(rules, async (kind, set) => {
    const listing = await run('nft', ['-j', 'list', kind, family, name, set]);
    return listing.exitCode === 0 ? bodiesIn(listing.stdout, kind, setSchema)?.[0]?.elem : undefined;
  });
}

const ruleSchema = z.object({ chain: z.string(), expr: z.optional(z.array(z.unknown())) });

const setSchema = z.object({ elem: z.optional(z.array(z.unknown())) });

/** Undefined: it is not such a listing. */
function bodiesIn<T>(stdout: string, kind: string, schema: z.ZodMiniType<T>): readonly T[] | undefined {
  const listing = readListing(stdout);
  return listing && z.array(schema).safeParse(bodiesOf(listing, kind)).data;
}
