import { shellWord } from '../../diagnose/printed-command.ts';
import { addForward } from '../../edit/add-forward.ts';
import { keyValue } from '../../edit/key-value.ts';
import { mappingOf, writeForward } from '../../edit/write-forward.ts';
import type { Mapping } from '../../edit/value-text.ts';
import { escapeControls, quote } from '../../finding/quote.ts';
import { forwardKeys, type ForwardKey } from '../../model/forward-keys.ts';
import { parseListenText } from '../../parse/endpoint.ts';
import { parseShorthand } from '../../parse/shorthand.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { editFile, type EditOptions } from '../change/edit-file.ts';
import type { Session } from '../session.ts';
import { usageError } from '../usage-error.ts';

/** The keys of a forward that were given as options. */
export type ForwardOptions = { readonly [Key in ForwardKey]?: string | boolean | readonly string[] };

/** Without a target, the first word is shorthand for both: `add 6000:192.168.0.2:5000`. */
export async function add(
  listen: string,
  target: string | undefined,
  options: EditOptions & ForwardOptions,
  session: Session,
): Promise<ExitCode> {
  const ends = target === undefined ? mappingOf(listen) : { listen, target };
  if (ends === undefined) return usageError(noTarget(listen), session);
  if ('protocol' in ends && options.protocol !== undefined)
    return usageError(`${quote(listen)} names a protocol; omit it there, or omit --protocol`, session);
  const forward = writeForward(forwardFrom({ ...options, ...(ends as ForwardOptions) }));
  const words = target === undefined ? listen : `${listen} ${target}`;
  return editFile(`add ${words}`, ({ editable }) => addForward(editable, forward), options, session);
}

const forwardFrom = (given: ForwardOptions): Mapping =>
  Object.fromEntries(
    forwardKeys.filter((key) => given[key] !== undefined).map((key) => [key, keyValue(key, String(given[key]))]),
  );

/** A listen alone, or shorthand that is wrong. */
function noTarget(text: string): string {
  if ('ok' in parseListenText(text)) return `no target; write: portfwd add ${shellWord(text)} 192.168.0.2:5000`;
  const parsed = parseShorthand(text);
  return 'fault' in parsed ? escapeControls(`${parsed.fault.message}; ${parsed.fault.remedy}`) : '';
}
