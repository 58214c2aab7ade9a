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
  | 'rejected'
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
  | 'state-directory';

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
