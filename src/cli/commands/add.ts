import type { FileFindings } from '../../apply/change.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { addForward } from '../../edit/add-forward.ts';
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
import { MAIN, partNamed, partsDirectory } from '../../parts/parts.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { editFile, type EditOptions, type Opened } from '../change/edit-file.ts';
import { configPath } from '../options.ts';
import type { Session } from '../session.ts';
import { usageError } from '../usage-error.ts';

/** The keys of a forward that were given as options. */
export type ForwardOptions = { readonly [Key in ForwardKey]?: string | boolean | readonly string[] };

/** Without a target, the first word is shorthand for both: `add 6000:192.168.0.2:5000`. */
export async function add(
  listen: string,
  target: string | undefined,
  options: EditOptions & ForwardOptions & { readonly replace?: boolean; readonly file?: string },
  session: Session,
): Promise<ExitCode> {
  const ends = target === undefined ? mappingOf(listen) : { listen, target };
  if (ends === undefined) return usageError(noTarget(listen), session);
  if ('protocol' in ends && options.protocol !== undefined)
    return usageError(`${quote(listen)} names a protocol; omit it there, or omit --protocol`, session);
  const forward = writeForward(forwardFrom({ ...options, ...(ends as ForwardOptions) }));
  const words = target === undefined ? listen : `${listen} ${target}`;
  const { replace = false, file: typed } = options;
  const path = configPath(undefined, options, session);
  const part = typed === undefined ? MAIN : partNamed(path, typed);
  if (part === undefined)
    return usageError(
      `${quote(typed ?? '')} is not a file in ${partsDirectory(path)} whose name ends in .yaml`,
      session,
    );
  return editFile(`add ${words}`, (opened) => put(forward, { replace, part }, opened, session), options, session);
}

/** A forward that is there already stays as it is, whichever file it is in. */
function put(item: Item, { replace, part }: Where, opened: Opened, session: Session): Opened | FileFindings {
  const { file, model } = opened;
  const { forward } = parseForward(item, []);
  const append = (): Opened | FileFindings => opened.edit(part, (editable) => addForward(editable, item));
  if (forward === undefined) return append();
  const given = typeof item === 'string' ? [] : Object.keys(item);
  const isClamped = opened.clampsMss && !given.includes('mss') && forward.protocols.includes('tcp');
  const wanted: Forward = isClamped ? { ...forward, mss: 'clamp' } : forward;
  const same = sameForward(wanted, given, model.forwards);
  if (same !== undefined) {
    const text = escapeControls(`${file} has this forward already: ${same.name}`);
    session.say({ present: [same.name] }, () => text);
    return opened;
  }
  const found = replace ? placeOf(wanted, model.forwards) : undefined;
  if (found === undefined) return append();
  const place = opened.placeOf(found);
  return opened.edit(place.part, (editable) => replaceForward(editable, place.index, item));
}

interface Where {
  readonly replace: boolean;
  /** The file for a new forward. */
  readonly part: string;
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
