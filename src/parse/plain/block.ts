import { MAX_DEPTH } from '../decode-text.ts';
import { isKey, opensFlow, readFlow, readPlainKey } from './flow.ts';
import { readQuoted, scalarOf } from './scalar.ts';
import { APOSTROPHE, COLON, DASH, HASH, NEWLINE, QUOTE, SPACE, type PlainText } from './text.ts';

/**
 * Reads YAML in block style: mappings and lists by indentation, with scalars and collections in flow style on one line.
 * Undefined if anything in it is unusual (escapes of YAML, anchors, text of several lines, …).
 */
export function readBlock(source: PlainText): { readonly value: object; readonly start: number } | undefined {
  const reader = new BlockReader(source);
  const start = source.at;
  const value = reader.indent === 0 ? reader.node(1) : undefined;
  return value === undefined || !reader.isAtEnd() ? undefined : { value, start };
}

/** The indentation after the last line. */
const END = -1;

class BlockReader {
  readonly #source: PlainText;
  /** The indentation of the next line, whose content begins at `source.at`. */
  indent = 0;

  constructor(source: PlainText) {
    this.#source = source;
    this.#toContent();
    if (!source.text.startsWith('---\n', source.at)) return;
    source.at += 3;
    this.#toContent();
  }

  isAtEnd(): boolean {
    return this.indent === END;
  }

  /** Reads the collection that begins on the next line. */
  node(depth: number): object | undefined {
    if (depth > MAX_DEPTH || !this.#source.countValue()) return undefined;
    return this.#atDash() ? this.#list(this.indent, depth) : this.#mapping(this.indent, depth);
  }

  #list(column: number, depth: number): unknown[] | undefined {
    const source = this.#source;
    const items: unknown[] = [];
    const offsets: number[] | undefined = source.offsets && [];
    while (this.indent === column && this.#atDash()) {
      const dash = source.at;
      source.at += 1;
      const code = source.skipSpaces();
      const start = source.at;
      const isBelow = code === NEWLINE || code === HASH;
      if (isBelow && !this.#hasBelow(column)) return undefined;
      offsets?.push(source.at);
      const item = isBelow ? this.node(depth + 1) : this.#item(column + start - dash, depth);
      if (item === undefined) return undefined;
      items.push(item);
    }
    if (this.indent > column) return undefined;
    if (offsets !== undefined) source.offsets?.set(items, offsets);
    return items;
  }

  /** `column` is where the text after the dash begins. */
  #item(column: number, depth: number): unknown {
    const source = this.#source;
    if (source.code() === DASH && this.#atDash()) return undefined;
    const start = source.at;
    if (this.#key() === undefined) {
      source.at = start;
      return this.#inline(column - 1, depth);
    }
    source.at = start;
    this.indent = column;
    return source.countValue() ? this.#mapping(column, depth + 1) : undefined;
  }

  #mapping(column: number, depth: number): object | undefined {
    const source = this.#source;
    const mapping: Record<string, unknown> = {};
    const offsets: number[] | undefined = source.offsets && [];
    while (this.indent === column) {
      const start = source.at;
      const key = this.#key();
      if (key === undefined || key in mapping) return undefined;
      const code = source.skipSpaces();
      const isBelow = code === NEWLINE || code === HASH;
      if (isBelow && !this.#hasBelow(column, true)) return undefined;
      offsets?.push(start, source.at);
      const value = isBelow ? this.node(depth + 1) : this.#inline(column, depth);
      if (value === undefined) return undefined;
      mapping[key] = value;
    }
    if (this.indent > column) return undefined;
    if (offsets !== undefined) source.offsets?.set(mapping, offsets);
    return mapping;
  }

  /** Reads a key and its colon. */
  #key(): string | undefined {
    const source = this.#source;
    const code = source.code();
    if (code !== QUOTE && code !== APOSTROPHE) return readPlainKey(source);
    const key = readQuoted(source);
    if (key === undefined || !isKey(key) || source.code() !== COLON) return undefined;
    source.at += 1;
    const after = source.code();
    return after === SPACE || after === NEWLINE ? key : undefined;
  }

  /** Goes to the collection below a key or a dash. A list may begin in the column of its key. */
  #hasBelow(column: number, isKey = false): boolean {
    return this.#endLine() && (this.indent > column || (isKey && this.indent === column && this.#atDash()));
  }

  /** A value on the line of its key or dash. No line with more indentation may follow: that would be a part of it. */
  #inline(column: number, depth: number): unknown {
    const source = this.#source;
    const code = source.code();
    const value = opensFlow(code)
      ? readFlow(source, false, depth + 1)
      : code === QUOTE || code === APOSTROPHE
        ? readQuoted(source)
        : this.#plain();
    if (value === undefined || !source.countValue() || !this.#endLine()) return undefined;
    return this.indent > column ? undefined : value;
  }

  #plain(): unknown {
    const source = this.#source;
    const end = source.lineEnd();
    const line = source.text.slice(source.at, end);
    const space = line.indexOf(' ');
    source.at = end;
    if (space === -1) return line.endsWith(':') || !PLAIN.test(line) ? undefined : scalarOf(line);
    const comment = line.indexOf(' #', space);
    const text = (comment === -1 ? line : line.slice(0, comment)).trimEnd();
    return text.includes(': ') || text.endsWith(':') || !PLAIN.test(text) ? undefined : scalarOf(text);
  }

  #atDash(): boolean {
    const { text, at } = this.#source;
    if (text.charCodeAt(at) !== DASH) return false;
    const after = text.charCodeAt(at + 1);
    return after === SPACE || after === NEWLINE;
  }

  /** Whether only a comment follows on this line. Goes to the next one. */
  #endLine(): boolean {
    const source = this.#source;
    const code = source.skipSpaces();
    if (code === HASH && source.text.charCodeAt(source.at - 1) !== SPACE) return false;
    if (code !== NEWLINE && code !== HASH && source.at < source.text.length) return false;
    this.#toContent();
    return true;
  }

  /** Goes to the first character of the next line that is not blank. */
  #toContent(): void {
    const source = this.#source;
    let start = source.at;
    let code = source.skipSpaces();
    while (code === NEWLINE || code === HASH) {
      source.at = source.lineEnd() + 1;
      start = source.at;
      code = source.skipSpaces();
    }
    this.indent = source.at < source.text.length ? source.at - start : END;
  }
}

const PLAIN = /^-?[A-Za-z0-9][\u0020-\u007e\u00a1-\u1fff\u3040-\ud7ff]*$/;
