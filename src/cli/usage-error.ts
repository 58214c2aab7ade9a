import { escapeControls } from '../finding/quote.ts';
import { EXIT, type ExitCode } from '../report/exit-code.ts';
import type { Session } from './session.ts';

/** A mistake in the arguments that commander cannot see. */
export function usageError(text: string, { say }: Pick<Session, 'say'>): ExitCode {
  const line = escapeControls(`error: ${text}`);
  say({ messages: [line] }, () => line);
  return EXIT.usage;
}
