import { asFailure } from '../../failure/failure.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import type { Context } from '../context.ts';
import { isForWholeHost } from './along.ts';
import { readBefore } from './guard-in-kernel.ts';
import { isForwardingOf, routedFamilies } from './routing-stays.ts';

/**
 * The interfaces that were there when portfwd turned routing on. The guard in the kernel names them, so that an interface
 * that appears later changes nothing. Undefined: portfwd did not turn it on, or an older portfwd did.
 */
export async function interfacesBefore(saved: SavedSysctls, ctx: Context): Promise<readonly string[] | undefined> {
  if (!isRoutingByUs(saved, ctx)) return undefined;
  const reading = found.get(ctx) ?? readOrGuess(hasWholeHost(saved) ? linksOnRecord(saved) : [], ctx);
  found.set(ctx, reading);
  return reading;
}

/** The record may be older than the last time that routing was turned off. */
const isRoutingByUs = (saved: SavedSysctls, { host }: Context): boolean =>
  routedFamilies(saved).some((family) =>
    Object.entries(saved).some(
      ([path, was]) =>
        was === '0' && isForwardingOf(family, path) && !['0', undefined].includes(host.sysctl.read(path)),
    ),
  );

/** Otherwise only those are on record that did not route. */
const hasWholeHost = (saved: SavedSysctls): boolean => Object.keys(saved).some(isForWholeHost);

/** As the command found them: it may remove the guard. */
const found = new WeakMap<Context, Promise<readonly string[] | undefined>>();

/** Without rights, the kernel does not show the guard. */
async function readOrGuess(onRecord: readonly string[], { host }: Context): Promise<readonly string[] | undefined> {
  try {
    return await readBefore(onRecord, host.nft);
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return onRecord.length === 0 ? undefined : onRecord;
  }
}

/** The interfaces whose values were saved when portfwd turned routing on. */
export const linksOnRecord = (saved: SavedSysctls): string[] => [
  ...new Set(
    Object.keys(saved)
      .flatMap((path) => /^net\/ipv[46]\/conf\/(?<name>.+)\/forwarding$/.exec(path)?.groups?.['name'] ?? [])
      .filter((name) => name !== 'all' && name !== 'default' && name !== 'lo'),
  ),
];
