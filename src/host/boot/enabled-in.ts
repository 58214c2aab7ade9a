import { readlinkSync } from 'node:fs';
import { bootOf, thisNetwork } from '../state/network.ts';
import { readStateFile, writeStateFile } from '../state/state-file.ts';

/** In the runtime directory: the network namespace for which the boot files were written last. */
const FILE = 'enabled';

export const writeEnabledIn = (runtimeDir: string): void => writeStateFile(runtimeDir, FILE, `${thisNetwork()}\n`);

/**
 * In this boot, the boot files were written in another network namespace: what is loaded there has nothing to do with this
 * one. False if that is not known, and in the namespace of the service manager, which loads them.
 */
export function isEnabledElsewhere(runtimeDir: string): boolean {
  const network = readStateFile(runtimeDir, FILE)?.trim();
  const here = thisNetwork();
  if (network === undefined || network === here || bootOf(network) !== bootOf(here)) return false;
  return !isWithProcessOne();
}

function isWithProcessOne(): boolean {
  try {
    return readlinkSync('/proc/1/ns/net') === readlinkSync('/proc/self/ns/net');
  } catch {
    return false;
  }
}
