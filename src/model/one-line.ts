import type { Finding, ModelPath } from '../finding/finding.ts';

/** YAML escapes can produce characters that the file itself must not contain. */
export const oneLine =
  (key: string) =>
  (text: string, path: ModelPath): Finding[] => {
    if (FORBIDDEN.test(text)) return [finding(`the ${key} contains a control character`, path)];
    return text.length > MAX_LENGTH ? [finding(`the ${key} is too long`, path)] : [];
  };

const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const MAX_LENGTH = 200;

const finding = (message: string, path: ModelPath): Finding => ({
  code: 'forward/comment',
  message,
  remedy: `write one line of at most ${MAX_LENGTH} characters, without control characters`,
  path,
});
