import { MAX_DEPTH } from '../decode-text.ts';
import { readBlockScalar } from './block-scalar.ts';
import { opensFlow, readFlow } from './flow.ts';
import { endWithoutSpaces, fold } from './fold.ts';
import { readKey } from './keys.ts';
import { readQuoted } from './quoted.ts';
import { isPlain, isPlainRest, scalarOf } from './scalar.ts';
import { APOSTROPHE, DASH, HASH, NEWLINE, QUOTE, SPACE, type PlainText } from './text.ts';

/**
 * Reads YAML in block style: mappings and lists by indentation. Undefined if anything in it is unusual (anchors, tags, keys
 * that are not words, …).
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

  /** Reads what begins in the line below a key or a dash. */
  #below(column: number, depth: number): unknown {
    if (this.#atDash()) return this.node(depth + 1);
    const start = this.#source.at;
    const isMapping = readKey(this.#source, '', false) !== undefined;
    this.#source.at = start;
    return isMapping ? this.node(depth + 1) : this.#inline(column, depth);
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
      const item = isBelow ? this.#below(column, depth) : this.#item(column + start - dash, depth);
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
    if (readKey(source, '', false) === undefined) {
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
    let key: string | undefined = '';
    while (this.indent === column) {
      const start = source.at;
      key = readKey(source, key, false);
      if (key === undefined || key in mapping) return undefined;
      const code = source.skipSpaces();
      const isBelow = code === NEWLINE || code === HASH;
      if (isBelow && !this.#hasBelow(column, true)) return undefined;
      offsets?.push(start, source.at);
      const value = isBelow ? this.#below(column, depth) : this.#inline(column, depth);
      if (value === undefined) return undefined;
      mapping[key] = value;
    }
    if (this.indent > column) return undefined;
    if (offsets !== undefined) source.offsets?.set(mapping, offsets);
    return mapping;
  }

  /** Goes to the collection below a key or a dash. A list may begin in the column of its key. */
  #hasBelow(column: number, isKey = false): boolean {
    return this.#endLine() && (this.indent > column || (isKey && this.indent === column && this.#atDash()));
  }

  /** A value on the line of its key or dash, and the lines that belong to it. */
  #inline(column: number, depth: number): unknown {
    const source = this.#source;
    const code = source.code();
    const value = opensFlow(code) ? readFlow(source, column, depth + 1) : this.#scalar(code, column);
    if (value === undefined || !source.countValue() || !this.#endLine()) return undefined;
    return this.indent > column ? undefined : value;
  }

  #scalar(code: number, column: number): unknown {
    if (code === QUOTE || code === APOSTROPHE) return readQuoted(this.#source, column);
    return code === BAR || code === GREATER ? readBlockScalar(this.#source, column) : this.#plain(column);
  }

  #plain(column: number): unknown {
    const source = this.#source;
    const end = source.lineEnd();
    const line = source.text.slice(source.at, end);
    source.at = end;
    const space = line.indexOf(' ');
    const comment = space === -1 ? -1 : line.indexOf(' #', space);
    const written = comment === -1 ? line : line.slice(0, comment);
    const text = space === -1 ? written : written.slice(0, endWithoutSpaces(written));
    if (!isPlain(text)) return undefined;
    const rest = comment === -1 ? this.#linesBelow(column) : [];
    if (rest.length === 0) return scalarOf(text);
    const joined = rest.every(isPlainRest) ? fold([text, ...rest], column) : undefined;
    return joined && scalarOf(joined.slice(0, endWithoutSpaces(joined)));
  }

  /** The lines that are indented deeper than `column`, and the empty ones between them. Goes to the end of the last one. */
  #linesBelow(column: number): readonly string[] {
    const source = this.#source;
    const { text } = source;
    let lines: string[] | undefined;
    let count = 0;
    for (let line = source.at + 1; line < text.length;) {
      let at = line;
      while (text.charCodeAt(at) === SPACE) at += 1;
      const isEmpty = text.charCodeAt(at) === NEWLINE;
      if (!isEmpty && (at - line <= column || at === text.length || text.charCodeAt(at) === HASH)) break;
      lines ??= [];
      if (!isEmpty) {
        source.at = at;
        at = source.at = source.lineEnd();
        count = lines.length + 1;
      }
      lines.push(text.slice(line, at));
      line = at + 1;
    }
    return lines?.slice(0, count) ?? [];
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

const BAR = 124;
const GREATER = 62;
