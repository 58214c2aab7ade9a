import { setKeys, type KeyChange } from '../../edit/set-keys.ts';
import { setTopKey, TOP_KEYS } from '../../edit/set-top-key.ts';
import { editFile, type EditOptions } from '../change/edit-file.ts';
import { MAIN } from '../../parts/parts.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { pickForward } from '../change/pick-forward.ts';
import type { Session } from '../session.ts';
import { usageError } from '../usage-error.ts';

/** Of one forward, or of the whole file: `set forwarding=enable`. */
export async function set(
  word: string,
  changes: readonly KeyChange[],
  options: EditOptions,
  session: Session,
): Promise<ExitCode> {
  const [, top, value = ''] = /^([a-z]+)=(.*)$/s.exec(word) ?? [];
  const key = TOP_KEYS.find((known) => known === top);
  if (key !== undefined && changes.length === 0)
    return editFile(
      `set ${word}`,
      ({ edit }) => edit(MAIN, (editable) => setTopKey(editable, [key, value === '' ? undefined : value])),
      options,
      session,
    );
  if (changes.length > 0) return setForward(word, changes, options, session);
  return usageError(USAGE, session);
}

const USAGE = `write a forward and KEY=VALUE, or a key of the whole file: ${TOP_KEYS.join(', ')}=VALUE`;

const setForward = async (
  word: string,
  changes: readonly KeyChange[],
  options: EditOptions,
  session: Session,
): Promise<ExitCode> =>
  editFile(
    `set ${word} ${changes.map(([key, value]) => `${key}=${String(value ?? '')}`).join(' ')}`,
    (opened) => {
      const { part, index } = opened.placeOf(pickForward(word, opened));
      return opened.edit(part, (editable) => setKeys(editable, index, changes));
    },
    options,
    session,
  );
