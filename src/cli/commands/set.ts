import { setKeys, type KeyChange } from '../../edit/set-keys.ts';
import { editFile, type EditOptions } from '../change/edit-file.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { pickForward } from '../change/pick-forward.ts';
import type { Session } from '../session.ts';

export const set = async (
  word: string,
  changes: readonly KeyChange[],
  options: EditOptions,
  session: Session,
): Promise<ExitCode> =>
  editFile(
    `set ${word} ${changes.map(([key, value]) => `${key}=${String(value ?? '')}`).join(' ')}`,
    (opened) => setKeys(opened.editable, pickForward(word, opened), changes),
    options,
    session,
  );
