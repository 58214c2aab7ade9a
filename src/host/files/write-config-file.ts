import { chmodSync, lstatSync, mkdirSync, readFileSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { run } from '../process/run.ts';
import { prepareFile, temporaryOf, type Prepared } from './durable-file.ts';
import { pathTrouble } from './path-trouble.ts';
import { requireReplaceable } from './writable-directory.ts';

/** A new text of the model file. */
export interface Edited {
  readonly text: Uint8Array;
  /** The text that it replaces. Undefined: there is no file. */
  readonly was: Uint8Array | undefined;
  /** What would be lost without a copy. */
  readonly keep?: readonly KeptFile[] | undefined;
}

/** An old file, and where it is kept. */
export interface KeptFile {
  readonly path: string;
  readonly keep: string;
}

/**
 * Writes the new content to a temporary file beside the model file. Owner, mode, access lists and extended attributes
 * stay; a new file has mode 0644. A symbolic link is refused: writing to its target could overwrite any file. Throws
 * `config-unwritable`; `commit` also throws `config-changed`.
 */
export async function prepareConfigFile(path: string, { text, was }: Pick<Edited, 'text' | 'was'>): Promise<Prepared> {
  const found = refuseLink(path);
  const { commit, discard } = writable(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    return prepareFile(path, text, attributesOf(found));
  });
  if (found !== undefined) await copyAttributes(path, found);
  return {
    commit: () => {
      requireUnchanged(path, was);
      writable(path, commit);
    },
    discard,
  };
}

/** Throws if `prepareConfigFile` would, except for lack of space. Writes nothing. */
export function inspectConfigFile(path: string): void {
  refuseLink(path);
  writable(path, () => requireReplaceable(path));
}

/** The path, or with a number behind it if there is such a file. If this user cannot find that out, the path itself. */
export function freeName(path: string, number = 1): string {
  const name = number === 1 ? path : `${path}-${number}`;
  return isVisible(name) ? freeName(path, number + 1) : name;
}

function isVisible(path: string): boolean {
  try {
    return isThere(path);
  } catch {
    return false;
  }
}

/** Of any kind, also a symbolic link without a target. */
export const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function refuseLink(path: string): Stats | undefined {
  const found = writable(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (found?.isSymbolicLink() !== true) return found;
  throw new Failure(
    'config-unwritable',
    `${path} is a symbolic link, which portfwd does not replace`,
    'change the file that it points to, and run portfwd apply',
  );
}

/** No other user can read the temporary file before the access list of the old one is on it. */
const attributesOf = (found: Stats | undefined) =>
  found === undefined ? { mode: 0o644 } : { mode: 0o600, owner: { uid: found.uid, gid: found.gid } };

/** Node cannot read access lists. A cp that does not know the options, as that of busybox, leaves owner and mode. */
async function copyAttributes(path: string, { mode }: Stats): Promise<void> {
  const temporary = temporaryOf(path);
  for (const preserved of ['mode,ownership,xattr', 'mode,ownership'])
    if (await copies(['--attributes-only', `--preserve=${preserved}`, '--', path, temporary])) return;
  chmodSync(temporary, mode & 0o777);
}

async function copies(args: readonly string[]): Promise<boolean> {
  try {
    return (await run('cp', args)).exitCode === 0;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** What another program wrote since the file was read would be lost. */
export function requireUnchanged(path: string, was: Uint8Array | undefined): void {
  if (was === undefined ? !isThere(path) : isThere(path) && readFileSync(path).equals(was)) return;
  throw new Failure(
    'config-changed',
    `${path} was changed by another program since portfwd read it; that version was kept`,
    'run the command again',
  );
}

/** Runs it; an error of the system becomes `config-unwritable`. */
export function writable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(
      'config-unwritable',
      `${path} cannot be written (${pathTrouble(path, error) ?? code ?? String(error)})`,
      remedyFor(code),
    );
  }
}

function remedyFor(code: string | undefined): string {
  if (code === 'EPERM') return 'check whether it or its directory is immutable (lsattr)';
  if (code === 'EACCES') return 'run as a user who can write to its directory';
  if (code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') return 'name the right file with --config';
  return 'free some space, or run as a user who can write to its directory';
}
