import type { FileFindings } from '../../apply/change.ts';
import { bytesOf, openEditable, type Editable } from '../../edit/editable.ts';
import type { Model } from '../../model/model.ts';
import { modelFrom } from '../../parse/model.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { runChange, type ChangeOptions } from './run-change.ts';

export type EditOptions = ConfigOptions & ChangeOptions;

/** A file without errors. */
export interface Opened {
  readonly file: string;
  readonly editable: Editable;
  readonly model: Model;
}

/** Edits the file and applies it. Nothing else in the file changes. */
export async function editFile(
  command: string,
  edit: (opened: Opened) => Editable | FileFindings,
  options: EditOptions,
  session: Session,
): Promise<ExitCode> {
  const file = configPath(undefined, options, session);
  const change = (current: Uint8Array | undefined): Uint8Array | FileFindings => {
    const opened = open(file, current);
    const result = 'findings' in opened ? opened : edit(opened);
    return 'findings' in result ? result : bytesOf(result);
  };
  return runChange({ file, command, edit: change, removals: 'before the edit' }, options, session);
}

/** The result of an edit is only predictable in a file without errors. */
function open(file: string, current: Uint8Array | undefined): Opened | FileFindings {
  const editable = openEditable(current);
  if ('findings' in editable) return editable;
  const { value, locate } = editable;
  const { model, findings } = modelFrom({ value, locate, findings: [] });
  return model === undefined || findings.length > 0 ? { findings, locate } : { file, editable, model };
}
