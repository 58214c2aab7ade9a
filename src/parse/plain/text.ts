/** A text that is read from left to right. */
export class PlainText {
  readonly text: string;
  /** The offset of the next character. */
  at = 0;
  /** For each collection the offsets of its items; for a mapping those of each key and its value in turn. */
  readonly offsets: Map<object, number[]> | undefined;
  /** The key that came last after each key. */
  readonly following = new Map<string, string>();
  #values = 0;
  #backslash = -1;
  #lineEnd = -1;

  constructor(text: string, offsets?: Map<object, number[]>) {
    this.text = text;
    this.offsets = offsets;
  }

  /** The offset of the end of this line. Each part of the text is searched once. */
  lineEnd(): number {
    if (this.#lineEnd < this.at) this.#lineEnd = this.#find('\n');
    return this.#lineEnd;
  }

  hasBackslashBefore(end: number): boolean {
    if (this.#backslash < this.at) this.#backslash = this.#find('\\');
    return this.#backslash < end;
  }

  #find(character: string): number {
    const found = this.text.indexOf(character, this.at);
    return found === -1 ? this.text.length : found;
  }

  code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** Skips spaces; returns the code of the next character. */
  skipSpaces(): number {
    let code = this.text.charCodeAt(this.at);
    while (code === SPACE) code = this.text.charCodeAt((this.at += 1));
    return code;
  }

  /**
   * Skips white space, line breaks and comments between brackets; returns the code of the next character. NaN if that is in
   * another line and not indented deeper than `column`, or if it is not clear.
   */
  skipLines(column: number): number {
    let code = this.skipSpaces();
    if (code !== NEWLINE && code !== HASH && code !== TAB) return code;
    let line = -1;
    while (code === NEWLINE || code === HASH || code === TAB) {
      if (code === HASH && !isBlank(this.text.charCodeAt(this.at - 1))) return Number.NaN;
      if (code === TAB && column !== ANY_COLUMN) return Number.NaN;
      this.at = code === HASH ? this.lineEnd() : this.at + 1;
      if (code === NEWLINE) line = this.at;
      code = this.skipSpaces();
    }
    return line !== -1 && this.at - line <= column ? Number.NaN : code;
  }

  /** False if there are too many values for the memory. */
  countValue(): boolean {
    this.#values += 1;
    return !this.isFull();
  }

  isFull(): boolean {
    return this.#values > MAX_VALUES;
  }
}

/** 131 072 forwards with 12 keys each, and long lists in some of them. */
export const MAX_VALUES = 2_000_000;

/** Lines may begin anywhere, as in brackets that are the whole text. */
export const ANY_COLUMN = -1;

const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const APOSTROPHE = 39;
export const COMMA = 44;
export const DASH = 45;
export const COLON = 58;

export const isBlank = (code: number): boolean => code === SPACE || code === NEWLINE;
