import type { ForeignTable, IptablesTable, NftTable } from '../observations.ts';

/** Where the replies of a target pass before the kernel routes them: those of this host itself leave through `output`. */
export type ReplyHook = 'prerouting' | 'output';

/** Another program copies connection marks to replies. True if its rules could not be read. */
export const restoresMarks = (tables: readonly ForeignTable[] | undefined, hook: ReplyHook): boolean =>
  tables === undefined ||
  tables.some((table) => (table.kind === 'iptables' ? iptablesRestores(table, hook) : nftRestores(table, hook)));

/** In the output hook, only chains of the type `route` make the kernel route a packet again (docs/netfilter.md, fact 51). */
const TYPE = { prerouting: 'filter', output: 'route' } as const;

function nftRestores({ chains, rules }: NftTable, hook: ReplyHook): boolean {
  const bases = chains.filter((chain) => chain.hook === hook && chain.type === TYPE[hook]).map(({ name }) => name);
  if (rules === undefined) return bases.length > 0;
  const reached = reachable(
    bases,
    rules.flatMap(({ chain, expr }) => targetsIn(expr).map((target) => [chain, target] as const)),
  );
  return rules.some(({ chain, expr }) => reached.has(chain) && copiesMark(expr));
}

const targetsIn = (expr: readonly unknown[]): string[] =>
  [...JSON.stringify(expr).matchAll(/"(?:jump|goto)":\{"target":"([^"]+)"/g)].flatMap(([, name]) => name ?? []);

/** Its chain `OUTPUT` in the table `mangle` has the type `route`. */
function iptablesRestores({ name, lines }: IptablesTable, hook: ReplyHook): boolean {
  if (hook === 'output' && name !== 'mangle') return false;
  const rules = lines.flatMap((line) => {
    const [, chain] = /^-A (\S+)/.exec(line) ?? [];
    return chain === undefined ? [] : [{ chain, line }];
  });
  const jumps = rules.flatMap(({ chain, line }) =>
    [...line.matchAll(/ -[jg] (\S+)/g)].map(([, target = '']) => [chain, target] as const),
  );
  const reached = reachable([hook.toUpperCase()], jumps);
  return rules.some(({ chain, line }) => reached.has(chain) && /--restore-mark|--mark .* -j MARK /.test(line));
}

function reachable(from: readonly string[], jumps: readonly (readonly [from: string, to: string])[]): Set<string> {
  const reached = new Set(from);
  for (const chain of reached) for (const [start, target] of jumps) if (start === chain) reached.add(target);
  return reached;
}

/**
 * `meta mark set ct mark`, also with a mask; a packet mark that depends on the connection mark (`ct mark 1 meta mark set 1`);
 * or a statement of iptables that nft does not show.
 */
function copiesMark(expr: readonly unknown[]): boolean {
  const parts = expr.map((part) => (part ?? {}) as Part);
  if (parts.some(({ xt }) => JSON.stringify(xt ?? null).includes('CONNMARK'))) return true;
  const isMatched = parts.some(({ match }) => readsMark(match?.left));
  return parts.some(({ mangle }) => mangle?.key?.meta?.key === 'mark' && (isMatched || readsMark(mangle.value)));
}

const readsMark = (value: unknown): boolean => JSON.stringify(value ?? null).includes('{"ct":{"key":"mark"');

interface Part {
  readonly match?: { readonly left?: unknown } | null;
  readonly mangle?: { readonly key?: { readonly meta?: { readonly key?: unknown } }; readonly value?: unknown } | null;
  readonly xt?: unknown;
}
