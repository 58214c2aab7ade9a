import type { Rule } from '../../diagnose/firewall/rule.ts';
import type { Evidence } from '../evidence.ts';

/** What the counter of a rule shows, as the end of a clause. */
export function countedText(rule: Rule | undefined, { rises }: Pick<Evidence, 'rises'>): string {
  if (rule?.packets === undefined) return '';
  const rise = rises.get(rule) ?? 0;
  const all = rule.packets + rise;
  const now = rise > 0 ? `, ${rise} of them while doctor ran` : '';
  return `; the rule counted ${all} ${all === 1 ? 'packet' : 'packets'}${now}`;
}
