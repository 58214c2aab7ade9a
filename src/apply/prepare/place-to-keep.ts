import type { Context } from '../context.ts';
import { isSame } from '../same-bytes.ts';

/** Where a text of the model file is kept that is in no generation of the history. Undefined: it is in the newest one. */
export function placeToKeep(file: string, text: Uint8Array, { host, state }: Context): string | undefined {
  const newest = host.history.newest(state.stateDir);
  if (newest !== undefined && isSame(host.history.read(state.stateDir, newest.number), text)) return undefined;
  return host.freeName(`${file}.before-rollback`);
}
