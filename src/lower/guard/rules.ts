import type { Family } from '../../model/model.ts';
import type { Field, Match, Rule } from '../../ruleset/ruleset.ts';
import { FAMILIES } from '../fields.ts';

/** The packet begins a connection, or belongs to none that the kernel tracks. */
export const NEW: Match = { kind: 'ct-state', states: ['invalid', 'new', 'untracked'] };

export const dropNew = (families: readonly Family[], match: readonly Match[]): Rule[] =>
  familyMatches(families).map((family) => ({
    match: [...match, ...family, NEW],
    statement: { kind: 'drop', counted: true },
  }));

/** Nothing, if portfwd routes both families. */
const familyMatches = (families: readonly Family[]): Match[][] =>
  families.length === FAMILIES.length ? [[]] : families.map((family) => [{ kind: 'family', family }]);

/** `iifname != "eth0"` */
export const differs = (field: Field, value: string): Match => ({ kind: 'compare', field, op: '!=', value });
