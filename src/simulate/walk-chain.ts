import type { Chain, Lookup, MapElement, Rule, Ruleset, Statement } from '../ruleset/ruleset.ts';
import type { Flight, Hook } from './packet.ts';
import { familyOf } from './field.ts';
import { findElement, type Found } from './find-element.ts';
import { findMatch } from './find-match.ts';

export type Step =
  | { readonly kind: 'enter'; readonly hook: Hook; readonly chain: string }
  | { readonly kind: 'rule'; readonly chain: string; readonly rule: Rule; readonly found: readonly Found[] };

type Verdict =
  | { readonly kind: 'drop' }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'dnat'; readonly to: { readonly destination: string; readonly destinationPort: number } };

interface Walked {
  /** Undefined: the chain came to its end, or a rule returned from it. */
  readonly verdict?: Verdict | undefined;
  readonly steps: readonly Step[];
}

/** Tries the rules of a chain in order until one of them decides. */
export function walkChain(ruleset: Ruleset, chain: Chain, flight: Flight): Walked {
  const steps: Step[] = [{ kind: 'enter', hook: flight.hook, chain: chain.name }];
  for (const rule of chain.rules) {
    const found = findRule(ruleset, rule, flight);
    if (found === undefined) continue;
    steps.push({ kind: 'rule', chain: chain.name, rule, found });
    const { verdict, steps: inner, ends } = carryOut(ruleset, rule.statement, flight, found);
    steps.push(...inner);
    if (ends) return { verdict, steps };
  }
  return { steps };
}

/** What the rule looked up; undefined when it does not match. A key that a map of its statement lacks is no match either. */
function findRule(ruleset: Ruleset, { match, statement }: Rule, flight: Flight): Found[] | undefined {
  const found: Found[] = [];
  for (const one of match) {
    const matched = findMatch(ruleset, one, flight);
    if (matched === undefined) return undefined;
    found.push(...matched);
  }
  for (const lookup of lookupsOf(statement, flight)) {
    const element = lookup === undefined ? undefined : findElement(ruleset.maps, lookup.map, lookup.key, flight);
    if (element === undefined) return undefined;
    found.push(element);
  }
  return found;
}

/** A dnat of the other family never applies. */
function lookupsOf(statement: Statement, flight: Flight): readonly (Lookup | undefined)[] {
  if (statement.kind !== 'dnat') return [];
  if (statement.family !== familyOf(flight.destination)) return [undefined];
  return statement.port === undefined ? [statement.address] : [statement.address, statement.port];
}

function carryOut(
  ruleset: Ruleset,
  statement: Statement,
  flight: Flight,
  found: readonly Found[],
): Walked & { readonly ends: boolean } {
  switch (statement.kind) {
    case 'return':
      return { steps: [], ends: true };
    case 'drop':
      return { verdict: { kind: 'drop' }, steps: [], ends: true };
    case 'masquerade':
      return { verdict: { kind: 'masquerade' }, steps: [], ends: true };
    case 'dnat':
      return { verdict: { kind: 'dnat', to: destinationOf(statement, flight, found) }, steps: [], ends: true };
    case 'jump':
    case 'goto': {
      const walked = walkChain(ruleset, chainNamed(ruleset, statement.chain), flight);
      return { ...walked, ends: walked.verdict !== undefined || statement.kind === 'goto' };
    }
  }
}

function destinationOf(
  { address, port }: Extract<Statement, { kind: 'dnat' }>,
  flight: Flight,
  found: readonly Found[],
) {
  const dataOf = ({ map }: Lookup): MapElement['data'] | undefined =>
    [...found].reverse().find(({ name }) => name === map)?.data;
  return {
    destination: String(dataOf(address)),
    destinationPort: port === undefined ? flight.destinationPort : Number(dataOf(port)),
  };
}

function chainNamed({ chains }: Ruleset, name: string): Chain {
  const chain = chains.find((one) => one.name === name);
  if (chain === undefined) throw new Error(`the ruleset has no chain ${name}`);
  return chain;
}
