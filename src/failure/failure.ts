export type FailureReason =
  | 'config-unreadable'
  | 'config-unwritable'
  | 'config-changed'
  | 'output-unwritable'
  | 'tool-missing'
  | 'tool-untrusted'
  | 'tool-failed'
  | 'nft-too-old'
  | 'nft-no-json'
  | 'nft-no-namespace'
  | 'permission'
  | 'unsafe-environment'
  | 'rejected'
  | 'nft-died'
  | 'not-loaded'
  | 'foreign-table'
  | 'forwarding-off'
  | 'no-route'
  | 'locked'
  | 'window-open'
  | 'no-window'
  | 'no-way-back'
  | 'reverted'
  | 'no-generation'
  | 'no-forward'
  | 'no-editor'
  | 'editor-failed'
  | 'boot-unsupported'
  | 'boot-refused'
  | 'boot-foreign'
  | 'boot-unwritable'
  | 'state-directory'
  | 'system-call';

/** The world said no. `remedy` tells the person what to do about it; `detail` is what the program below said. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly reason: FailureReason;
  readonly remedy: string;
  readonly detail: string | undefined;

  constructor(reason: FailureReason, message: string, remedy: string, detail?: string) {
    super(message);
    this.reason = reason;
    this.remedy = remedy;
    this.detail = detail;
  }
}

/** What the operating system refuses is the world's no as well: a full disk, a broken one, a directory that is gone. */
export function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (!(error instanceof Error) || typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  return new Failure(
    'system-call',
    `the system refused to ${syscall}${path === undefined ? '' : ` ${path}`} (${code})`,
    'see whether the disks have room and can be written, then try again',
  );
}
