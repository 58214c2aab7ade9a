import { escapeControls } from '../finding/quote.ts';
import { FAILURES, type Failure } from '../failure/failure.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

export const exitOf = ({ reason }: Failure): ExitCode => EXIT[FAILURES[reason]];

export const failureJson = ({ reason, message, remedy, detail }: Failure) => ({
  failure: { reason, message, remedy, detail: detail ?? null },
});

const MAX_DETAIL_LINES = 20;

/**
 * `portfwd: error: message; remedy [reason]`, and below it, indented, what the failed tool printed. A warning: what the
 * command had to do is done.
 */
export function formatFailure(
  { reason, message, remedy, detail }: Failure,
  severity: 'error' | 'warning' = 'error',
): string {
  const printed = (detail ?? '').split('\n').filter((line) => line.trim() !== '');
  return [
    `portfwd: ${severity}: ${message}; ${remedy} [${reason}]`,
    ...printed.slice(0, MAX_DETAIL_LINES).map((line) => `  ${line}`),
  ]
    .map(escapeControls)
    .join('\n');
}
