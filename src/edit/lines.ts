/** Offset of the first character of the line. */
export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** Offset after the last character of the line, before its line break. */
export function lineEnd(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  const end = feed === -1 ? text.length : feed;
  return end > at && text[end - 1] === '\r' ? end - 1 : end;
}

/** Offset of the next line, or of the end of the text. */
export function nextLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed === -1 ? text.length : feed + 1;
}

export const columnOf = (text: string, at: number): number => at - lineStart(text, at);

/** There is only white space before the offset on its line. */
export const beginsLine = (text: string, at: number): boolean => /^[ \t]*$/.test(text.slice(lineStart(text, at), at));

/** There is only white space or a comment after the offset on its line. */
export const endsLine = (text: string, at: number): boolean =>
  /^[ \t]*(?:#.*)?$/.test(text.slice(at, lineEnd(text, at)));

/** The line break of the first line. */
export const lineBreakOf = (text: string): string => (/^[^\n]*\r\n/.test(text) ? '\r\n' : '\n');

/** Start of the comments directly above a line for whose column `isOwn` is true; without any, the start of the line. */
export function commentsAbove(text: string, at: number, isOwn: (column: number) => boolean): number {
  let start = lineStart(text, at);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    const column = commentColumn(text, above);
    if (column === undefined || !isOwn(column)) break;
    start = above;
  }
  return start;
}

/** End of the comments below a line that are indented deeper than `column`; without any, the end of the line. */
export function commentsBelow(text: string, at: number, column: number): number {
  let end = lineEnd(text, at);
  for (let line = nextLine(text, end); line < text.length; line = nextLine(text, line)) {
    const found = commentColumn(text, line);
    if (found !== undefined && found > column) end = lineEnd(text, line);
    else if (text.slice(line, lineEnd(text, line)).trim() !== '') break;
  }
  return end;
}

/** Undefined if the line is not a comment. */
function commentColumn(text: string, start: number): number | undefined {
  const [, space] = /^([ \t]*)#/.exec(text.slice(start, lineEnd(text, start))) ?? [];
  return space?.length;
}
