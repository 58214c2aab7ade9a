/** A text that is read from left to right. */
export class PlainText {
  readonly text: string;
  /** The offset of the next character. */
  at = 0;
  /** For each collection the offsets of its items; for a mapping those of each key and its value in turn. */
  readonly offsets: Map<object, number[]> | undefined;
  #values = 0;
  #backslash = -1;
  #lineEnd = -1;

  constructor(text: string, offsets: Map<object, number[]> | undefined) {
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

export const SPACE = 32;
export const NEWLINE = 10;
export const QUOTE = 34;
export const APOSTROPHE = 39;
export const HASH = 35;
export const DASH = 45;
export const COLON = 58;
export const COMMA = 44;
