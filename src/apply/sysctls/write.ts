import type { Host } from '../../host/host.ts';
import type { SysctlChange } from './plan.ts';
import type { SysctlValue } from './required.ts';

type Sysctl = Pick<Host['sysctl'], 'read' | 'write'>;

/** Writes a value, and those that the kernel changed along with it and should not keep. */
export const writeChange = ({ path, after, along = [] }: SysctlChange, sysctl: Sysctl): void =>
  writeAll(
    [
      [path, after],
      ...along.flatMap((value): SysctlValue[] => (value.after === undefined ? [] : [[value.path, value.after]])),
    ],
    sysctl,
  );

/** Writes the values from before the change. */
export const undoChange = (change: SysctlChange, sysctl: Sysctl): void => writeAll(valuesBefore(change), sysctl);

/** In the order in which they are to be written. */
export const valuesBefore = ({ path, before, along = [] }: SysctlChange): SysctlValue[] =>
  before === undefined ? [] : [[path, before], ...along.map((value): SysctlValue => [value.path, value.before])];

/** Most values are right after the first one was written. */
function writeAll(values: readonly SysctlValue[], { read, write }: Sysctl): void {
  for (const [path, value] of values) if (read(path) !== value) write(path, value);
}
