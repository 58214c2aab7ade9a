import { asFailure } from '../../failure/failure.ts';
import type { BootRecord } from '../../host/boot/record.ts';
import type { Context } from '../context.ts';

type Ctx = Pick<Context, 'host' | 'state'>;

/** The record of the boot files. Undefined if `enable` did not run, or ran in another network namespace. */
export const enabledHere = ({ host: { boot }, state }: Ctx): BootRecord | undefined =>
  boot.isEnabledElsewhere(state.runtimeDir) ? undefined : boot.read(state.stateDir);

/** The same for what a damaged record must not stop, such as `down` and a revert: undefined then, too. */
export const enabledIfReadable = (ctx: Ctx): BootRecord | undefined =>
  mayBeEnabledElsewhere(ctx) ? undefined : bootRecordIfReadable(ctx);

/** `enable` ran in another network namespace, or that cannot be read. */
export function mayBeEnabledElsewhere({ host: { boot }, state }: Ctx): boolean {
  try {
    return boot.isEnabledElsewhere(state.runtimeDir);
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return true;
  }
}

/** Also if `enable` ran in another network namespace. */
export function bootRecordIfReadable({ host: { boot }, state }: Ctx): BootRecord | undefined {
  try {
    return boot.read(state.stateDir);
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return undefined;
  }
}
