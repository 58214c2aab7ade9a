import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { writeDurably } from '../files/durable-file.ts';
import { readRegularFile } from '../files/regular-file.ts';

/** Paths of the unit in /run that watches the host's firewall, and of its script. */
const UNITS = '/run/systemd/system';
const WANTED_BY = `${UNITS}/nftables.service.wants`;

interface GuardUnit {
  readonly name: string;
  readonly unit: string;
  readonly script: { readonly path: string; readonly content: string };
}

/** Returns whether systemd must read its units again. Throws `permission`. */
export function writeGuardUnit({ name, unit, script }: GuardUnit): boolean {
  try {
    mkdirSync(dirname(script.path), { recursive: true, mode: 0o700 });
    writeDurably(script.path, script.content, { mode: 0o600 });
    if (isSame(`${UNITS}/${name}`, unit) && existsSync(`${WANTED_BY}/${name}`)) return false;
    mkdirSync(WANTED_BY, { recursive: true, mode: 0o755 });
    writeDurably(`${UNITS}/${name}`, unit, { mode: 0o644 });
    rmSync(`${WANTED_BY}/${name}`, { force: true });
    symlinkSync(`../${name}`, `${WANTED_BY}/${name}`);
    return true;
  } catch (error) {
    const remedy = 'run as root, and check that /run has free space (df /run)';
    throw new Failure('permission', `the unit ${UNITS}/${name} cannot be written`, remedy, String(error));
  }
}

/** Returns whether there was one. */
export function removeGuardUnit(name: string, script: string): boolean {
  if (!existsSync(`${UNITS}/${name}`)) return false;
  for (const path of [`${WANTED_BY}/${name}`, `${UNITS}/${name}`, script]) rmSync(path, { force: true });
  return true;
}

const isSame = (path: string, text: string): boolean =>
  existsSync(path) && readRegularFile(path).toString('utf8') === text;
