import { fieldText } from '../nft-json/field-text.ts';
import { bodiesOf, soleEntry, type Json, type NftObject } from '../nft-json/objects.ts';
import { valuesOf } from '../nft-json/value-text.ts';
import type { Family } from '../model/model.ts';

/** What the guard in the kernel says about the host before portfwd turned routing on. */
export interface RoutingBefore {
  /** The families that portfwd routes. */
  readonly families: readonly Family[];
  /** The interfaces that forwarded IPv4 before. */
  readonly forwarding: readonly string[];
  /** Other interfaces that were there: those to the targets, and those towards other networks. */
  readonly others: readonly string[];
}

/** Reads the chain that lower/guard/forward-guard.ts makes, as nft lists it. */
export function readForwardGuard(chain: readonly NftObject[]): RoutingBefore {
  const rules = bodiesOf(chain, 'rule').map(({ expr }) => (Array.isArray(expr) ? expr.map(soleEntry) : []));
  const drops = rules.filter((rule) => rule.some(({ kind }) => kind === 'drop'));
  const ipv4 = rules.filter((rule) => familiesOf(rule).includes('ip'));
  return {
    families: [...new Set(drops.flatMap(familiesOf))],
    forwarding: ipv4.flatMap((rule) => namesIn(rule, 'iifname', '==')),
    others: [
      ...new Set(rules.flatMap((rule) => [...namesIn(rule, 'iifname', '!='), ...namesIn(rule, 'oifname', '!=')])),
    ],
  };
}

/**
 * The interfaces that were there when portfwd turned routing on: the first rule of `lateGuard` in lower/guard/late-guard.ts that
 * asks for nothing else. Undefined: an older portfwd made the chain.
 */
export function readInterfacesBefore(chain: readonly NftObject[]): string[] | undefined {
  const rules = bodiesOf(chain, 'rule').map(({ expr }) => (Array.isArray(expr) ? expr.map(soleEntry) : []));
  const names = rules
    .filter((rule) => rule.filter(({ kind }) => kind === 'match').length === 1)
    .map((rule) => namesIn(rule, 'iifname', '=='));
  return names.find((some) => some.length > 0);
}

type Rule = readonly NftObject[];

/** A rule that names no family is about both. */
function familiesOf(rule: Rule): Family[] {
  const named = matchesOf(rule, 'meta nfproto').flatMap(({ right }) => valuesOf(right) ?? []);
  return (['ip', 'ip6'] as const).filter((family) => named.length === 0 || named.includes(NFPROTO[family]));
}

const NFPROTO: Readonly<Record<Family, string>> = { ip: 'ipv4', ip6: 'ipv6' };

const namesIn = (rule: Rule, field: string, op: string): string[] =>
  matchesOf(rule, field)
    .filter((match) => match['op'] === op)
    .flatMap(({ right }) => valuesOf(right) ?? []);

const matchesOf = (rule: Rule, field: string): Json[] =>
  rule.flatMap(({ kind, body }) => (kind === 'match' && fieldText(body['left']) === field ? [body] : []));
