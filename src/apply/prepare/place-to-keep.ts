import { changedParts } from '../../parts/parts.ts';
import type { Context } from '../context.ts';
import { isSame } from '../same-bytes.ts';

interface Replaced {
  readonly text: Uint8Array;
  readonly was: Uint8Array;
}

/** Where a file of the model is kept whose text is in no generation of the history. Undefined: all are in the newest one. */
export function placeToKeep(file: string, { text, was }: Replaced, { host, state }: Context): string | undefined {
  const newest = host.history.newest(state.stateDir);
  if (newest !== undefined && isSame(host.history.read(state.stateDir, newest.number), was)) return undefined;
  const first = changedParts(file, text, was).find((part) => part.was !== undefined);
  return host.freeName(`${first?.path ?? file}.before-rollback`);
}
