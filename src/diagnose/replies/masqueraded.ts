import type { Family } from '../../model/model.ts';
import { coversInterface } from '../../model/interface-name.ts';
import type { ForeignTable, NftTable } from '../observations.ts';

/** Another program rewrites the source of all packets that leave through the interface, so replies come back. */
export type Masquerades = (name: string, family: Family) => boolean;

/** Each interface is looked up once, because thousands of targets can be behind it. */
export function masquerades(tables: readonly ForeignTable[] = []): Masquerades {
  const known: Record<Family, Map<string, boolean>> = { ip: new Map(), ip6: new Map() };
  return (name, family) => {
    const found = known[family].get(name) ?? isMasqueraded(tables, name, family);
    known[family].set(name, found);
    return found;
  };
}

const isMasqueraded = (tables: readonly ForeignTable[], name: string, family: Family): boolean =>
  tables.some((table) =>
    table.kind === 'nft'
      ? (table.family === 'inet' || table.family === family) && nftMasquerades(table, name)
      : table.family === family && table.name === 'nat' && table.lines.some((line) => iptablesMasquerades(line, name)),
  );

function nftMasquerades({ chains, rules = [] }: NftTable, name: string): boolean {
  const postrouting = chains.filter(({ type, hook }) => type === 'nat' && hook === 'postrouting');
  return rules.some(
    ({ chain, expr }) =>
      postrouting.some((one) => one.name === chain) && expr.every((part) => isHarmless(part, name)) && rewrites(expr),
  );
}

const rewrites = (expr: readonly unknown[]): boolean =>
  expr.some((part) => isObject(part) && ('masquerade' in part || 'snat' in part));

/** A counter, the rewriting itself, or a match on the interface that packets leave through. */
function isHarmless(part: unknown, name: string): boolean {
  if (!isObject(part)) return false;
  if (['counter', 'masquerade', 'snat'].some((key) => key in part)) return true;
  const { match } = part as { readonly match?: { readonly op?: unknown; readonly left?: unknown; right?: unknown } };
  const key = (match?.left as { readonly meta?: { readonly key?: unknown } } | undefined)?.meta?.key;
  if (match === undefined || match.op !== '==' || (key !== 'oifname' && key !== 'oif')) return false;
  const { set = [match.right] } = (isObject(match.right) ? match.right : {}) as { readonly set?: unknown[] };
  return set.some((value) => typeof value === 'string' && coversInterface(value, name));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function iptablesMasquerades(line: string, name: string): boolean {
  const [, out] = /^-A POSTROUTING(?: -o (\S+))? -j (?:MASQUERADE|SNAT)\b/.exec(line) ?? [];
  return /^-A POSTROUTING -j (?:MASQUERADE|SNAT)\b/.test(line) || (out !== undefined && matches(out, name));
}

/** iptables writes `ppp+` for every name that begins with ppp. */
const matches = (out: string, name: string): boolean => coversInterface(out.replace(/\+$/, '*'), name);
