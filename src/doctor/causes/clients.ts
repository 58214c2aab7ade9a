import { formatList } from '../../diagnose/name-list.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { admits } from '../../model/admits.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';

/** Which clients are refused is not counted, so this is only said. */
export function fromClients({ forward }: Case, { seen: { session }, portfwd }: Evidence): Cause[] {
  const { from, name } = forward;
  if (from.length === 0) return [];
  const isRefused = session !== undefined && !admits(from, session.client);
  return [
    cause(
      'from',
      isRefused ? 'doubt' : 'note',
      `only clients in ${formatList(from)} may use it (from), and portfwd drops the packets of all others${isRefused ? `, such as ${session.client}, the client of your SSH session` : ''}`,
      `to admit ${isRefused ? 'it, run' : 'other clients, add them'}: ${portfwd(`set ${shellWord(name)} from=${[...from, isRefused ? session.client : 'PREFIX'].join(',')}`)}`,
    ),
  ];
}
