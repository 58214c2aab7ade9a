import type { FileFindings } from '../../apply/change.ts';
import { removeForwards } from '../../edit/remove-forwards.ts';
import { groupBy } from '../../model/group-by.ts';
import { editFile, type EditOptions, type Opened } from '../change/edit-file.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { pickForward } from '../change/pick-forward.ts';
import type { Session } from '../session.ts';

export const remove = async (words: readonly string[], options: EditOptions, session: Session): Promise<ExitCode> =>
  editFile(`remove ${words.join(' ')}`, (opened) => removeAll(words, opened), options, session);

/** Each from its own file. */
function removeAll(words: readonly string[], opened: Opened): Opened | FileFindings {
  const places = words.map((word) => opened.placeOf(pickForward(word, opened)));
  return [...groupBy(places, ({ part }) => part)].reduce<Opened | FileFindings>(
    (now, [part, inPart]) =>
      'findings' in now
        ? now
        : now.edit(part, (editable) => removeForwards(editable, new Set(inPart.map(({ index }) => index)))),
    opened,
  );
}
