import { escapeControls } from '../finding/quote.ts';
import { EXIT, type ExitCode } from '../report/exit-code.ts';
import type { Session } from './session.ts';

/** A mistake in the arguments that commander cannot see. */
export function usageError(text: string, { say }: Pick<Session, 'say'>): ExitCode {
  const line = escapeControls(`error: ${text}`);
  say({ messages: [line] }, () => line);
  return EXIT.usage;
}

/** Commander quotes arguments as they are. The only line that it adds is a suggestion, at the end. */
export function escapeUsageError(text: string): string {
  const [, line = text, suggestion = ''] = /^(.*?)(\n\(Did you mean [^\n]*\?\))?\n*$/s.exec(text) ?? [];
  return `${escapeControls(line)}${suggestion}\n`;
}
