import { escapeControls } from '../finding/quote.ts';
import type { Failure, FailureReason } from '../failure/failure.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

const EXIT_OF: Partial<Record<FailureReason, ExitCode>> = {
  rejected: EXIT.rejected,
  'nft-died': EXIT.rejected,
  'not-loaded': EXIT.rejected,
  'boot-refused': EXIT.rejected,
  locked: EXIT.locked,
  'window-open': EXIT.locked,
  reverted: EXIT.notConfirmed,
  'no-window': EXIT.findings,
  'no-generation': EXIT.findings,
  'no-forward': EXIT.findings,
};

export const exitOf = ({ reason }: Failure): ExitCode => EXIT_OF[reason] ?? EXIT.environment;

export const failureJson = ({ reason, message, remedy, detail }: Failure) => ({
  failure: { reason, message, remedy, detail: detail ?? null },
});

/** `portfwd: message; remedy [reason]`, and below it what the other program said. */
export function formatFailure({ reason, message, remedy, detail }: Failure): string {
  const said = (detail ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 20);
  return [`portfwd: ${message}; ${remedy} [${reason}]`, ...said.map((line) => `  ${line}`)]
    .map(escapeControls)
    .join('\n');
}
