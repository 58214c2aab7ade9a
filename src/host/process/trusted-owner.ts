import { readFileSync } from 'node:fs';

/** Root or the user of this process: what belongs to another user can be changed by that user. */
export const isTrustedOwner = (uid: number): boolean => uid === process.geteuid?.() || isRoot(uid);

/** In a user namespace without a mapping for root, root's files belong to the overflow user (user_namespaces(7)). */
export const isRoot = (uid: number): boolean => uid === 0 || (uid === OVERFLOW_UID && !isInitialUserNamespace());

const OVERFLOW_UID = 65534;

const isInitialUserNamespace = (): boolean =>
  /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
