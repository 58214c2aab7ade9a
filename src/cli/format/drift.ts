import type { Cause, Drifted } from '../../status/kernel.ts';
import { type Paint, formatLines, type Line } from './lines.ts';
import { driftLine, objectLine } from './kernel-difference.ts';
import { changeLine, settingLine } from './forward-change.ts';

/** Each cause, and below it the differences. `+`: only the kernel has it; `-`: the kernel lacks it. `fileCause`: why the file differs, if that is known. */
export const formatDrift = (drifted: Drifted, fileCause: string | undefined, paint: Paint): string[] =>
  drifted.causes.flatMap((cause) => [
    `${(cause === 'file' ? fileCause : undefined) ?? CAUSES[cause]}:`,
    ...blocksOf(cause, drifted).flatMap((lines) => formatLines(lines, paint).map((line) => `  ${line}`)),
  ]);

const CAUSES: Record<Cause, string> = {
  file: 'the file was changed since it was applied',
  option: 'it was applied with --enable-forwarding, which the file does not say',
  hand: 'the table was changed by hand',
  host: 'this host, or portfwd itself, has changed since the file was applied',
  unknown: 'the kernel differs from the file, and it is not known what was loaded',
};

function blocksOf(cause: Cause, { causes, model, table }: Drifted): readonly (readonly Line[])[] {
  const mappings = table.mappings.map((difference) => driftLine(difference, cause === 'hand'));
  const objects = table.objects.map((object) => objectLine(object, false));
  switch (cause) {
    case 'file':
    case 'option': {
      const lines = [...(model?.changes.map(changeLine) ?? []), ...(model?.settings.map(settingLine) ?? [])];
      return [lines.length === 0 ? [ONLY_ORDER] : lines];
    }
    case 'hand':
      // Objects that differ because of the host are listed under that cause.
      return causes.includes('host') ? [mappings] : [mappings, objects];
    case 'host':
      return [objects];
    case 'unknown':
      return [mappings, objects];
  }
}

const ONLY_ORDER: Line = { sign: '~', name: 'forwards', text: 'only their order differs' };
