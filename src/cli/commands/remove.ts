import { removeForwards } from '../../edit/remove-forwards.ts';
import { editFile, type EditOptions } from '../change/edit-file.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { pickForward } from '../change/pick-forward.ts';
import type { Session } from '../session.ts';

export const remove = async (words: readonly string[], options: EditOptions, session: Session): Promise<ExitCode> =>
  editFile(
    `remove ${words.join(' ')}`,
    (opened) => removeForwards(opened.editable, new Set(words.map((word) => pickForward(word, opened)))),
    options,
    session,
  );
