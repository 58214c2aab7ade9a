import { COUNTERS_TABLE } from '../../counters/table.ts';
import { GUARD_TABLE } from '../../lower/guard/guard-table.ts';
import { TABLE } from '../../lower/lower.ts';

/** The tables of portfwd. All others are those of other programs. */
export const OWN_TABLES = [TABLE, GUARD_TABLE, COUNTERS_TABLE] as const;
