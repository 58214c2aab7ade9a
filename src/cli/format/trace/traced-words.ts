import { COUNTERS_TABLE } from '../../../counters/table.ts';
import { GUARD_TABLE } from '../../../lower/guard/guard-table.ts';
import { TABLE } from '../../../lower/lower.ts';
import type { TracedConnection } from './traced-connection.ts';
import type { End } from '../../../trace/steps.ts';

/** `10.0.0.2:5000`, `[2001:db8::2]:5000`, or an address alone. */
export function endText({ address, port }: End): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Why a chain of portfwd drops. */
export function ownDrop(chain: string, { first, candidates }: Pick<TracedConnection, 'first' | 'candidates'>): string {
  if (!/^pf_(?:on_)?source/.test(chain)) return `its chain ${chain} does not let such packets through`;
  return `${first.saddr} is not in the key from of ${candidates.length === 0 ? 'a forward' : candidates.join(', ')}`;
}

export const isOurs = (table: string): boolean =>
  [TABLE, GUARD_TABLE, COUNTERS_TABLE].some(({ family, name }) => table === `${family} ${name}`);
