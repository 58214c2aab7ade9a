import type { Chain, Rule } from '../diagnose/firewall/rule.ts';

/** How many packets each rule counted between two listings. A table that was changed in between has no result. */
export function risesBetween(before: readonly Chain[], after: readonly Chain[]): ReadonlyMap<Rule, number> {
  const later = new Map(after.map((chain) => [keyOf(chain), chain.rules]));
  const rises = new Map<Rule, number>();
  for (const chain of before)
    for (const [name, rules] of chain.rules) {
      const now = later.get(keyOf(chain))?.get(name) ?? [];
      if (now.length !== rules.length) continue;
      for (const [index, rule] of rules.entries()) {
        const rise = (now[index]?.packets ?? 0) - (rule.packets ?? 0);
        if (rise > 0 && now[index]?.text.length !== undefined) rises.set(rule, rise);
      }
    }
  return rises;
}

const keyOf = ({ family, table, name, command }: Chain): string => [command, family, table, name].join(' ');
