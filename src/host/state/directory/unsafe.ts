import { existsSync, lstatSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { withAbove } from '../../files/with-above.ts';
import { shellWord } from '../../process/shell-word.ts';
import { moveAway } from '../move-away.ts';
import { isOwnDirectory } from '../paths.ts';
import { isTrustedOwner } from '../../process/trusted-owner.ts';

/** Why another user could replace the files in a directory. portfwd runs one of them, a script, as root. */
export interface Unsafe {
  readonly why: string;
  /** Undefined: another directory must be named. */
  readonly remedy: string | undefined;
}

/**
 * Looks at the directory, if it is there, and at all those above it. Undefined: only root and the user of this process can
 * change it. `ofTree`: in the tree of another host, which may belong to the user who builds it.
 */
export function findUnsafe(path: string, ofTree = false): Unsafe | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true)
    return { why: 'it is a symbolic link', remedy: `name the directory it points to (${realpathSync(path)})` };
  const unsafe = (found && findIn(path, found, ofTree)) ?? findAbove(path, ofTree);
  return unsafe === undefined || isOwnDirectory(path) ? unsafe : { ...unsafe, remedy: undefined };
}

function findIn(path: string, found: Stats, ofTree: boolean): Unsafe | undefined {
  if (!ofTree && !isTrustedOwner(found.uid))
    return { why: `it belongs to ${userOf(found)}`, remedy: `move it away (${moveAway(path)})` };
  if ((found.mode & 0o022) === 0) return undefined;
  return { why: 'other users can write to it', remedy: `run chmod go-w ${shellWord(path)}` };
}

/** Also where symbolic links in the path point to. */
function findAbove(path: string, ofTree: boolean): Unsafe | undefined {
  const parents = [dirname(path), ...(existsSync(path) ? [dirname(realpathSync(path))] : [])];
  return [...new Set(parents.flatMap(withAbove))].map((part) => unsafeParent(part, ofTree)).find(isKnown);
}

const isKnown = (unsafe: Unsafe | undefined): unsafe is Unsafe => unsafe !== undefined;

function unsafeParent(path: string, ofTree: boolean): Unsafe | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const foreign = [lstatSync(path), found].find(({ uid }) => !isTrustedOwner(uid));
  if (!ofTree && foreign !== undefined)
    return {
      why: `${path} belongs to ${userOf(foreign)}, who can replace what is in it`,
      remedy: undefined,
    };
  const { mode, gid } = found;
  if ((mode & STICKY) !== 0) return undefined;
  if ((mode & 0o002) !== 0)
    return { why: `all users can write to ${path}`, remedy: `run chmod o-w ${shellWord(path)}` };
  if (ofTree || (mode & 0o020) === 0 || gid === 0 || gid === process.getegid?.()) return undefined;
  return { why: `the users of group ${gid} can write to ${path}`, remedy: `run chmod g-w ${shellWord(path)}` };
}

/** In such a directory a user cannot replace what another user created. */
const STICKY = 0o1000;

const userOf = ({ uid }: Stats): string => `the user with the number ${uid}`;
