/** Text for the macros of man(7). */
const WIDTH = 78;

/** Backquotes become bold. Each sentence begins a line, as mandoc wants it. */
export function text(words: string): string {
  const plain = words
    .split('`')
    .map((part, index) => (index % 2 === 1 ? `\\fB${escaped(part)}\\fR` : escaped(part)))
    .join('');
  return plain
    .split(/(?<=[.:?!]) +(?=[A-Z])/)
    .flatMap(wrapped)
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
}

const escaped = (plain: string): string =>
  plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga');

function wrapped(line: string): string[] {
  const lines: string[] = [];
  for (const word of line.trim().split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

export const section = (title: string): string => `.SH ${title.toUpperCase()}`;
export const subsection = (title: string): string => `.SS ${title.includes(' ') ? `"${title}"` : title}`;

/** A term in bold (or with its own fonts), and below it what it means. */
export const entry = (term: string, about: string): string => `.TP\n${term}\n${text(about)}`;

export const bold = (plain: string): string => `\\fB${escaped(plain)}\\fR`;
export const italic = (plain: string): string => `\\fI${escaped(plain)}\\fR`;

/** Lines that are not filled. */
export const literal = (lines: readonly string[]): string =>
  ['.EX', ...lines.map((line) => (/^[.']/.test(line) ? `\\&${escaped(line)}` : escaped(line))), '.EE'].join('\n');

export const nested = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['.RS', ...lines, '.RE']);

/** When the words were last revised. Not when they were built: two builds give the same bytes. */
const DATE = '2026-11-27';

export const page = (name: string, number: 1 | 5, version: string, title: string, parts: readonly string[]): string =>
  [
    '.\\" Made by scripts/build.mjs from the tables of the command line. Do not edit.',
    `.TH ${name.toUpperCase()} ${number} "${DATE}" "portfwd ${version}" "${title}"`,
    // Paths and options are copied from the page, so they are not hyphenated.
    '.nh',
    '.ad l',
    ...parts,
    '',
  ].join('\n');
