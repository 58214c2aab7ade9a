export type Scalar = string | number | boolean | null;

/** Text without quotes that every YAML parser reads as one scalar, or as a part of one. */
export const isPlain = (text: string): boolean => PLAIN.test(text) && !text.includes(': ') && !text.endsWith(':');

const PLAIN = /^-?[A-Za-z0-9][\u0020-\u007e\u00a1-\u1fff\u3040-\ud7ff]*$/;

/** A further line of such text, with its indentation; an empty line too. */
export const isPlainRest = (line: string): boolean =>
  REST.test(line) && !line.includes(': ') && !line.includes(' #') && !line.endsWith(':');

const REST = /^[\u0020-\u007e\u00a1-\u1fff\u3040-\ud7ff]*$/;

/** The value of text without quotes. Undefined if it is not clear what every YAML parser makes of it. */
export function scalarOf(text: string): Scalar | undefined {
  const code = text.charCodeAt(0);
  if (code >= ZERO && code <= NINE) return numberOf(text);
  if (!isLetter(code)) return NEGATIVE.test(text) ? Number(text) : undefined;
  return WORD.test(text) ? VALUES[text] : text;
}

function numberOf(text: string): string | number | undefined {
  let number = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return AMBIGUOUS.test(text) ? undefined : text;
    number = number * 10 + digit;
  }
  return text.length > 9 || (text.length > 1 && text.charCodeAt(0) === ZERO) ? undefined : number;
}

const ZERO = 48;
const NINE = 57;

const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

const NEGATIVE = /^-[1-9]\d{0,8}$/;
const WORD = /^(?:true|false|null)$/i;
const VALUES: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
/** What begins with a digit, and the YAML core schema could read as a number. */
const AMBIGUOUS = /^(?:0[ox].*|\d+\.?\d*(?:e[-+]?\d+)?)$/i;
