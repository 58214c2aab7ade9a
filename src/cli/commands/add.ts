import { addForward } from '../../edit/add-forward.ts';
import { keyValue } from '../../edit/key-value.ts';
import { writeForward } from '../../edit/write-forward.ts';
import type { Mapping } from '../../edit/value-text.ts';
import { forwardKeys, type ForwardKey } from '../../model/forward-keys.ts';
import { editFile, type EditOptions } from '../change/edit-file.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import type { Session } from '../session.ts';

/** The keys of a forward that were given as options. */
export type ForwardOptions = { readonly [Key in ForwardKey]?: string | boolean | readonly string[] };

export async function add(
  listen: string,
  target: string,
  options: EditOptions & ForwardOptions,
  session: Session,
): Promise<ExitCode> {
  const forward = writeForward(forwardFrom(listen, target, options));
  return editFile(`add ${listen} ${target}`, ({ editable }) => addForward(editable, forward), options, session);
}

function forwardFrom(listen: string, target: string, options: ForwardOptions): Mapping {
  const given: ForwardOptions = { ...options, listen, target };
  return Object.fromEntries(
    forwardKeys.filter((key) => given[key] !== undefined).map((key) => [key, keyValue(key, String(given[key]))]),
  );
}
