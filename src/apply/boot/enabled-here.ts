import type { BootRecord } from '../../host/boot/record.ts';
import type { Context } from '../context.ts';

/** The record of the boot files. Undefined if `enable` did not run, or ran in another network namespace. */
export const enabledHere = ({ host: { boot }, state }: Pick<Context, 'host' | 'state'>): BootRecord | undefined =>
  boot.isEnabledElsewhere(state.runtimeDir) ? undefined : boot.read(state.stateDir);
