import { DROP_IN } from './boot-plan.ts';

/** `before-flush`: the include is undone at once by the `flush ruleset` after it, and nft does not say so. */
export type Included = 'yes' | 'no' | 'before-flush' | 'in-table';

/** What a main file does with our drop-in, as far as it says so itself. */
export function includedBy(main: string): Included {
  let depth = 0;
  let found: Included = 'no';
  for (const [token, include] of main.matchAll(TOKENS)) {
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    else if (token.startsWith('flush')) found = found === 'yes' ? 'before-flush' : found;
    else if (include !== undefined && matches(include)) {
      if (depth > 0) return 'in-table';
      found = 'yes';
    }
  }
  return found;
}

/** Comments and strings are tokens too, so that nothing is found within them. */
const TOKENS = /#[^\n]*|\binclude\s*"([^"\n]*)"|"[^"\n]*"|[{}]|\bflush\s+ruleset\b/g;

/** glob(7), which nft uses; a relative path starts in /etc, as nft is built everywhere. */
function matches(pattern: string): boolean {
  const absolute = /^\.{0,2}\//.test(pattern) ? pattern : `/etc/${pattern}`;
  const source = absolute
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  try {
    return new RegExp(`^${source.replaceAll('[!', '[^')}$`).test(DROP_IN);
  } catch {
    return false;
  }
}
