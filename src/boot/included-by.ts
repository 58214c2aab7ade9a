import { DROP_IN } from './boot-plan.ts';

/** `before-flush`: a `flush ruleset` after the include removes the forwards, without an error of nft. */
export type Included = 'yes' | 'no' | 'before-flush' | 'in-table';

/** Whether and where a main file includes the drop-in. Included files are not read. */
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

/** Comments and strings are tokens, so that their content does not match. */
const TOKENS = /#[^\n]*|\binclude\s*"([^"\n]*)"|"[^"\n]*"|[{}]|\bflush\s+ruleset\b/g;

/** nft expands patterns as glob(7) does. A relative path starts at /etc, the default of distributions. */
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
