import type { Chain } from '../firewall/rule.ts';

export const setsMarks = ({ rules }: Chain): boolean =>
  [...rules.values()].some((some) => some.some(({ changes }) => changes !== undefined));
