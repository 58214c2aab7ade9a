/**
 * Every reason for which this host can refuse what portfwd was asked to do, and how the run ends (the exit codes are in
 * report/exit-code.ts). The reason is public: it is documented in docs/failures.md, tested and never reused.
 */
export const FAILURES = {
  'config-unreadable': 'environment',
  'config-unwritable': 'environment',
  'config-changed': 'environment',
  'output-unwritable': 'environment',
  'tool-missing': 'environment',
  'tool-untrusted': 'environment',
  'tool-failed': 'environment',
  'nft-too-old': 'environment',
  'nft-no-json': 'environment',
  'nft-no-namespace': 'environment',
  permission: 'environment',
  'unsafe-environment': 'environment',
  rejected: 'rejected',
  'nft-died': 'rejected',
  'not-loaded': 'rejected',
  'foreign-table': 'environment',
  'forwarding-off': 'environment',
  'many-removals': 'findings',
  'no-route': 'environment',
  'needs-enable': 'environment',
  locked: 'locked',
  'window-open': 'locked',
  'no-window': 'findings',
  'no-way-back': 'environment',
  reverted: 'notConfirmed',
  'no-generation': 'findings',
  'no-forward': 'findings',
  'many-forwards': 'findings',
  'no-editor': 'environment',
  'editor-failed': 'environment',
  'boot-unsupported': 'environment',
  'boot-refused': 'rejected',
  'boot-foreign': 'environment',
  'boot-unwritable': 'environment',
  'state-directory': 'environment',
  'address-unavailable': 'environment',
  'system-call': 'environment',
} as const;

export type FailureReason = keyof typeof FAILURES;

/** This host refused, or a tool on it failed. Not a fault of the model (a finding), nor of portfwd (a bug). */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly reason: FailureReason;
  /** How to fix it, in one clause, without a full stop. */
  readonly remedy: string;
  /** What the tool that failed printed. */
  readonly detail: string | undefined;

  constructor(reason: FailureReason, message: string, remedy: string, detail?: string) {
    super(message);
    this.reason = reason;
    this.remedy = remedy;
    this.detail = detail;
  }
}

/** A system call that failed (a full or broken disk, a directory that was removed) is a failure, not a bug. */
export function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (!(error instanceof Error) || typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  return new Failure(
    'system-call',
    `the system call ${syscall}${path === undefined ? '' : ` on ${path}`} failed (${code})`,
    remedyFor(code),
  );
}

function remedyFor(code: string): string {
  if (code === 'EPERM') return 'check whether the file or its directory is immutable (lsattr), then try again';
  if (code === 'EACCES') return 'run as a user who has access to it';
  if (code === 'ENOTDIR') return 'a part of the path is not a directory; give the right path';
  if (code === 'ELOOP') return 'the path goes through a symbolic link that points back to itself; give the right path';
  if (code === 'ENAMETOOLONG') return 'the path, or a name in it, is too long; give the right path';
  return 'check that the file system has free space and is mounted writable (df, mount), then try again';
}
