import type { Binding } from '../model/binding.ts';

const MAX_NAMED = 3;

/** `web, dns, ssh and 7 more`: the first few of a list that can be long. */
export function formatList(words: readonly string[]): string {
  const left = words.length - MAX_NAMED;
  if (left > 0) return `${words.slice(0, MAX_NAMED).join(', ')} and ${left} more`;
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ');
}

/** `forward web`, `forwards web and dns`: each forward once. */
export function formatForwards(bindings: readonly Pick<Binding, 'forward'>[]): string {
  const names = new Set(bindings.map(({ forward }) => forward.name));
  return `${names.size === 1 ? 'forward' : 'forwards'} ${formatList([...names])}`;
}
