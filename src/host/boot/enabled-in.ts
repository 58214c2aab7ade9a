import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { bootOf, thisNetwork } from '../state/network.ts';
import { moveAway } from '../state/move-away.ts';
import { isStateFile, readStateFile, writeStateFile } from '../state/state-file.ts';

/** In the runtime directory: the network namespace for which the boot files were written last. */
const FILE = 'enabled';

export const writeEnabledIn = (runtimeDir: string): void => writeStateFile(runtimeDir, FILE, `${thisNetwork()}\n`);

/**
 * The boot files belong to another network namespace: what is loaded there has nothing to do with this one. They belong to
 * that of the service manager, which loads them at boot, and in this boot also to the one in which they were written last.
 * Throws a Failure `state-directory` if the file that says so cannot be read.
 */
export function isEnabledElsewhere(runtimeDir: string): boolean {
  const here = thisNetwork();
  const network = readEnabledIn(runtimeDir);
  if (network === here) return false;
  const ofProcessOne = networkOfProcessOne();
  const isKnown = network !== undefined && bootOf(network) === bootOf(here);
  return ofProcessOne === undefined ? isKnown : ofProcessOne !== readlinkSync('/proc/self/ns/net');
}

/** Throws a Failure `state-directory` if the file is damaged. */
export function inspectEnabledIn(runtimeDir: string): void {
  const text = readStateFile(runtimeDir, FILE);
  if (text === undefined || NETWORK.test(text)) return;
  const path = join(runtimeDir, FILE);
  throw new Failure(
    'state-directory',
    `${path} is damaged: it does not say in which network namespace portfwd enable ran, and that of process 1 counts`,
    `move the file away (${moveAway(path)}), then run portfwd enable`,
  );
}

/** A boot and a network namespace. */
const NETWORK = /^\S+ net:\[\d+\]\n$/;

/** Undefined: the file does not say, because there is none, or because it is damaged. */
function readEnabledIn(runtimeDir: string): string | undefined {
  const text = isStateFile(runtimeDir, FILE) ? readStateFile(runtimeDir, FILE) : undefined;
  return text !== undefined && NETWORK.test(text) ? text.trim() : undefined;
}

/** Undefined: this process may not know it. */
function networkOfProcessOne(): string | undefined {
  try {
    return readlinkSync('/proc/1/ns/net');
  } catch {
    return undefined;
  }
}
