import type { Chain, Lookup, MapElement, Rule, Ruleset, Statement } from '../ruleset/ruleset.ts';
import type { PacketState, Hook } from './packet.ts';
import { familyOf } from './field.ts';
import { findElement, type Found } from './find-element.ts';
import { evaluateMatch } from './evaluate-match.ts';

export type Step =
  | { readonly kind: 'enter'; readonly hook: Hook; readonly chain: string }
  | { readonly kind: 'rule'; readonly chain: string; readonly rule: Rule; readonly found: readonly Found[] };

type Verdict =
  | { readonly kind: 'drop' }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'dnat'; readonly to: { readonly destination: string; readonly destinationPort: number } };

interface ChainResult {
  /** Undefined: the chain ended, or a rule returned from it. */
  readonly verdict?: Verdict | undefined;
  readonly steps: readonly Step[];
}

/** Evaluates the rules of a chain in order until one of them gives a verdict. */
export function evaluateChain(ruleset: Ruleset, chain: Chain, packet: PacketState): ChainResult {
  const steps: Step[] = [{ kind: 'enter', hook: packet.hook, chain: chain.name }];
  for (const rule of chain.rules) {
    const found = evaluateRule(ruleset, rule, packet);
    if (found === undefined) continue;
    steps.push({ kind: 'rule', chain: chain.name, rule, found });
    const { verdict, steps: inner, ends } = execute(ruleset, rule.statement, packet, found);
    steps.push(...inner);
    if (ends) return { verdict, steps };
  }
  return { steps };
}

/** What the rule looked up. Undefined if it does not match, or if a map of its statement does not have the key. */
function evaluateRule(ruleset: Ruleset, { match, statement }: Rule, packet: PacketState): Found[] | undefined {
  const found: Found[] = [];
  for (const one of match) {
    const matched = evaluateMatch(ruleset, one, packet);
    if (matched === undefined) return undefined;
    found.push(...matched);
  }
  for (const lookup of lookupsOf(statement, packet)) {
    const element = lookup === undefined ? undefined : findElement(ruleset.maps, lookup.map, lookup.key, packet);
    if (element === undefined) return undefined;
    found.push(element);
  }
  return found;
}

/** A `dnat ip6` does not apply to an IPv4 packet, nor `dnat ip` to an IPv6 packet. */
function lookupsOf(statement: Statement, packet: PacketState): readonly (Lookup | undefined)[] {
  if (statement.kind !== 'dnat') return [];
  if (statement.family !== familyOf(packet.destination)) return [undefined];
  return statement.port === undefined ? [statement.address] : [statement.address, statement.port];
}

function execute(
  ruleset: Ruleset,
  statement: Statement,
  packet: PacketState,
  found: readonly Found[],
): ChainResult & { readonly ends: boolean } {
  switch (statement.kind) {
    case 'clamp-mss':
      return { steps: [], ends: false };
    case 'return':
      return { steps: [], ends: true };
    case 'drop':
      return { verdict: { kind: 'drop' }, steps: [], ends: true };
    case 'masquerade':
      return { verdict: { kind: 'masquerade' }, steps: [], ends: true };
    case 'dnat':
      return { verdict: { kind: 'dnat', to: destinationOf(statement, packet, found) }, steps: [], ends: true };
    case 'jump':
    case 'goto': {
      const result = evaluateChain(ruleset, chainNamed(ruleset, statement.chain), packet);
      return { ...result, ends: result.verdict !== undefined || statement.kind === 'goto' };
    }
  }
}

function destinationOf(
  { address, port }: Extract<Statement, { kind: 'dnat' }>,
  packet: PacketState,
  found: readonly Found[],
) {
  const dataOf = ({ map }: Lookup): MapElement['data'] | undefined =>
    [...found].reverse().find(({ name }) => name === map)?.data;
  return {
    destination: String(dataOf(address)),
    destinationPort: port === undefined ? packet.destinationPort : Number(dataOf(port)),
  };
}

function chainNamed({ chains }: Ruleset, name: string): Chain {
  const chain = chains.find((one) => one.name === name);
  if (chain === undefined) throw new Error(`the ruleset has no chain ${name}`);
  return chain;
}
