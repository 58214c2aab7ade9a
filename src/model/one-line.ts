import type { Problem } from '../finding/finding.ts';

/** YAML escapes can produce characters that the file itself must not contain. */
export const oneLine =
  (key: string) =>
  (text: string): Problem | undefined => {
    if (FORBIDDEN.test(text)) return problem(`the ${key} contains a control character`);
    return text.length > MAX_LENGTH ? problem(`the ${key} is too long`) : undefined;
  };

const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const MAX_LENGTH = 200;

const problem = (message: string): Problem => ({
  code: 'forward/comment',
  message,
  remedy: `write one line of at most ${MAX_LENGTH} characters, without control characters`,
});
