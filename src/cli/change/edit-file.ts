import type { FileFindings } from '../../apply/change.ts';
import { bytesOf, openEditable, type Editable, type Refused } from '../../edit/editable.ts';
import { isError } from '../../finding/finding.ts';
import type { Model } from '../../model/model.ts';
import { mergeDocuments } from '../../parse/merge-documents.ts';
import { modelFrom } from '../../parse/model.ts';
import { parseDocument } from '../../parse/yaml.ts';
import { MAIN, unpackParts, withPart, type Part } from '../../parts/parts.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { runChange, type ChangeOptions } from './run-change.ts';

export type EditOptions = ConfigOptions & ChangeOptions;

/** Where a forward is. */
interface ForwardPlace {
  /** Empty for the main file. */
  readonly part: string;
  /** In the list of that file. */
  readonly index: number;
}

/** The files of a model without errors. */
export interface Opened {
  readonly file: string;
  readonly model: Model;
  /** `mss: clamp` at the top level. */
  readonly clampsMss: boolean;
  /** The forwards as they are in the files. */
  readonly items: readonly unknown[];
  readonly placeOf: (index: number) => ForwardPlace;
  /** A file that is not there yet is empty. */
  readonly edit: (part: string, edit: (editable: Editable) => Editable | Refused) => Opened | FileFindings;
  readonly packed: Uint8Array | undefined;
}

/** Edits one or more files of the model and applies it. Nothing else in them changes. */
export async function editFile(
  command: string,
  edit: (opened: Opened) => Opened | FileFindings,
  options: EditOptions,
  session: Session,
): Promise<ExitCode> {
  const file = configPath(undefined, options, session);
  const change = (current: Uint8Array | undefined): Uint8Array | FileFindings => {
    const opened = openModel(file, current);
    const result = 'findings' in opened ? opened : edit(opened);
    return 'findings' in result ? result : (result.packed ?? new Uint8Array());
  };
  return runChange({ file, command, edit: change, removals: 'before the edit' }, options, session);
}

/** The result of an edit is only predictable in files without errors. */
export function openModel(file: string, packed: Uint8Array | undefined): Opened | FileFindings {
  const [main, ...parts] = packed === undefined ? [] : unpackParts(packed);
  if (main === undefined || parts.length === 0) return openMain(file, packed);
  const others = parts.map(({ name, bytes }) => ({ name, document: parseDocument(bytes) }));
  const document = mergeDocuments(parseDocument(main.bytes), others);
  const { model, findings } = modelFrom(document);
  const { locate } = document;
  if (model === undefined || findings.some(isError)) return { findings, locate };
  const { forwards, mss } = document.value as { readonly forwards: readonly unknown[]; readonly mss?: unknown };
  return openedAs({ file, model, clampsMss: mss === 'clamp', items: forwards, packed }, (index) => {
    const { part = MAIN, path = ['forwards', index] } = locate({ path: ['forwards', index] });
    return { part, index: Number(path[1]) };
  });
}

function openMain(file: string, packed: Uint8Array | undefined): Opened | FileFindings {
  const editable = openEditable(packed);
  if ('findings' in editable) return editable;
  const { value, locate } = editable;
  const { model, findings } = modelFrom({ value, locate, findings: [] });
  if (model === undefined || findings.length > 0) return { findings, locate };
  const clampsMss = value['mss'] === 'clamp';
  return openedAs(
    { file, model, clampsMss, items: value.forwards, packed },
    (index) => ({ part: MAIN, index }),
    editable,
  );
}

/** `main`: the main file, if it was opened already. */
function openedAs(
  opened: Pick<Opened, 'file' | 'model' | 'clampsMss' | 'items' | 'packed'>,
  placeOf: Opened['placeOf'],
  main?: Editable,
): Opened {
  const { packed } = opened;
  const all: readonly Part[] = packed === undefined ? [] : unpackParts(packed);
  return {
    ...opened,
    placeOf,
    edit: (part, edit) => {
      const before = all.find(({ name }) => name === part)?.bytes;
      const editable = part === MAIN && main !== undefined ? main : openEditable(before);
      const result = 'findings' in editable ? editable : edit(editable);
      if ('findings' in result) return part === MAIN ? result : inPart(part, result);
      return openedAs({ ...opened, packed: withPart(packed, { name: part, bytes: bytesOf(result) }) }, placeOf);
    },
  };
}

const inPart = (part: string, { findings, locate }: Refused): FileFindings => ({
  findings: findings.map((finding) => ({ ...finding, part })),
  locate: (place) => ({ ...locate(place), part, path: place.path }),
});
