import type { Match, Prefix, Ruleset, Scalar } from '../ruleset/ruleset.ts';
import { familyOf, fieldValue } from './field.ts';
import { findElement, type Found } from './find-element.ts';
import type { Flight } from './packet.ts';
import { isInPrefix } from './element-index.ts';

/** What a match looked up, mostly nothing; undefined when it does not match. */
export function findMatch(ruleset: Ruleset, match: Match, flight: Flight): readonly Found[] | undefined {
  if (match.kind !== 'in-set') return holds(match, flight) ? [] : undefined;
  const found = findElement(ruleset.sets, match.set, match.key, flight);
  return found === undefined ? undefined : [found];
}

function holds(match: Exclude<Match, { kind: 'in-set' }>, flight: Flight): boolean {
  switch (match.kind) {
    case 'compare': {
      const value = fieldValue(match.field, flight);
      return value !== undefined && isValue(value, match.value) === (match.op === '==');
    }
    case 'in-values': {
      const value = fieldValue(match.field, flight);
      return value !== undefined && match.values.some((one) => isValue(value, one));
    }
    case 'fib-local':
      return flight.route(match.of === 'saddr' ? flight.source : flight.destination).local;
    case 'tcp-not-first':
      return flight.protocol === 'tcp' && !flight.syn;
    case 'ct-dnat':
      return flight.tracked === true && flight.translated;
    case 'ct-new':
      return flight.tracked === true;
    case 'family':
      return familyOf(flight.destination) === match.family;
  }
}

function isValue(value: Scalar, expected: Scalar | Prefix): boolean {
  if (typeof expected === 'object') return isInPrefix(`${value}`, expected);
  if (typeof expected === 'string' && expected.endsWith('*')) return `${value}`.startsWith(expected.slice(0, -1));
  return value === expected;
}
