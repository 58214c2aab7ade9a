import { shellWord } from '../../diagnose/printed-command.ts';
import { addForward } from '../../edit/add-forward.ts';
import type { Editable, Refused } from '../../edit/editable.ts';
import { keyValue } from '../../edit/key-value.ts';
import { placeOf, replaceForward, sameForward } from '../../edit/replace-forward.ts';
import { mappingOf, writeForward } from '../../edit/write-forward.ts';
import type { Item, Mapping } from '../../edit/value-text.ts';
import { escapeControls, quote } from '../../finding/quote.ts';
import { forwardKeys, type ForwardKey } from '../../model/forward-keys.ts';
import type { Forward } from '../../model/model.ts';
import { parseForward } from '../../parse/forward.ts';
import { parseListenText } from '../../parse/endpoint.ts';
import { parseShorthand } from '../../parse/shorthand.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { editFile, type EditOptions, type Opened } from '../change/edit-file.ts';
import type { Session } from '../session.ts';
import { usageError } from '../usage-error.ts';

/** The keys of a forward that were given as options. */
export type ForwardOptions = { readonly [Key in ForwardKey]?: string | boolean | readonly string[] };

/** Without a target, the first word is shorthand for both: `add 6000:192.168.0.2:5000`. */
export async function add(
  listen: string,
  target: string | undefined,
  options: EditOptions & ForwardOptions & { readonly replace?: boolean },
  session: Session,
): Promise<ExitCode> {
  const ends = target === undefined ? mappingOf(listen) : { listen, target };
  if (ends === undefined) return usageError(noTarget(listen), session);
  if ('protocol' in ends && options.protocol !== undefined)
    return usageError(`${quote(listen)} names a protocol; omit it there, or omit --protocol`, session);
  const forward = writeForward(forwardFrom({ ...options, ...(ends as ForwardOptions) }));
  const words = target === undefined ? listen : `${listen} ${target}`;
  const { replace = false } = options;
  return editFile(`add ${words}`, (opened) => put(forward, replace, opened, session), options, session);
}

/** A forward that is there already stays as it is. */
function put(item: Item, replace: boolean, { file, editable, model }: Opened, session: Session): Editable | Refused {
  const { forward } = parseForward(item, []);
  if (forward === undefined) return addForward(editable, item);
  const given = typeof item === 'string' ? [] : Object.keys(item);
  const isClamped = editable.value['mss'] === 'clamp' && !given.includes('mss') && forward.protocols.includes('tcp');
  const wanted: Forward = isClamped ? { ...forward, mss: 'clamp' } : forward;
  const same = sameForward(wanted, given, model.forwards);
  if (same !== undefined) {
    const text = escapeControls(`${file} has this forward already: ${same.name}`);
    session.say({ present: [same.name] }, () => text);
    return editable;
  }
  const index = replace ? placeOf(wanted, model.forwards) : undefined;
  return index === undefined ? addForward(editable, item) : replaceForward(editable, index, item);
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
