import { escapeControls } from '../../finding/quote.ts';
import { bytesOf, openEditable, type Editable, type Refused } from '../../edit/editable.ts';
import { modelFrom } from '../../parse/model.ts';
import type { Model } from '../../model/model.ts';
import { changeModel } from '../../apply/apply.ts';
import type { ChangeOptions } from '../../apply/change.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { reportFindings } from '../../apply/read-model.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import type { World } from '../../apply/context.ts';

export type EditOptions = ConfigOptions & ChangeOptions;

/** A file whose forwards can be told apart. */
export interface Opened {
  readonly file: string;
  readonly editable: Editable;
  readonly model: Model;
}

type Edit = (opened: Opened) => Editable | Refused;

/** One edit of the file, and what `apply` does with it. Nothing but what the edit is about changes in the file. */
export async function editFile(command: string, edit: Edit, options: EditOptions, world: World): Promise<ExitCode> {
  const file = configPath(undefined, options, world);
  const change = (current: Uint8Array | undefined): Uint8Array | undefined => {
    const opened = open(file, current);
    const result = 'findings' in opened ? opened : edit(opened);
    if (!('findings' in result)) return bytesOf(result);
    reportFindings({ file, ...result }, options.json === true, world);
    if (options.json !== true) world.err(`${escapeControls(file)} was not changed\n`);
    return undefined;
  };
  return changeModel({ file, command, edit: change }, options, world);
}

/** What is wrong in the file already has to be mended first: nobody could tell what an edit makes of it. */
function open(file: string, current: Uint8Array | undefined): Opened | Refused {
  const editable = openEditable(current);
  if ('findings' in editable) return editable;
  const { value, locate } = editable;
  const { model, findings } = modelFrom({ value, locate, findings: [] });
  return model === undefined || findings.length > 0 ? { findings, locate } : { file, editable, model };
}
