import type { KeptFile } from '../../host/files/write-config-file.ts';
import { changedParts, partPath, unpackParts } from '../../parts/parts.ts';
import type { Context } from '../context.ts';
import { isSame } from '../same-bytes.ts';

interface Replaced {
  readonly text: Uint8Array;
  readonly was: Uint8Array;
}

/** Where those files of the model are kept whose text is not in the newest generation of the history. */
export function placesToKeep(file: string, { text, was }: Replaced, { host, state }: Context): readonly KeptFile[] {
  const newest = host.history.newest(state.stateDir);
  const recorded = newest && host.history.read(state.stateDir, newest.number);
  const known = new Map(
    recorded === undefined ? [] : unpackParts(recorded).map(({ name, bytes }) => [partPath(file, name), bytes]),
  );
  return changedParts(file, text, was)
    .filter((part) => part.was !== undefined && !isSame(known.get(part.path), part.was))
    .map(({ path }) => ({ path, keep: host.freeName(`${path}.before-rollback`) }));
}
