import type { HostBinding } from './binding.ts';

const MOST = 3;

/** `web, dns and 7 more`: each forward once. */
const formatNames = (bindings: readonly HostBinding[]): string =>
  formatSome([...new Set(bindings.map(({ forward }) => forward.name))]);

/** The first few of a list that may be long, and how many are left. */
export function formatSome(words: readonly string[]): string {
  const left = words.length - MOST;
  if (left > 0) return `${words.slice(0, MOST).join(', ')} and ${left} more`;
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ');
}

/** `forward web`, `forwards web and dns` */
export const formatForwards = (bindings: readonly HostBinding[]): string =>
  `${new Set(bindings.map(({ forward }) => forward)).size === 1 ? 'the forward' : 'the forwards'} ${formatNames(bindings)}`;
