/**
 * Joins lines as YAML does: with a space, or with a line break for each empty line between them. Undefined if one of them is
 * not indented deeper than `column`. With escapes, a backslash at the end of a line joins it with the next without a space.
 */
export function fold(lines: readonly string[], column: number, hasEscapes = false): string | undefined {
  let text = '';
  let empty = 0;
  let isJoined = true;
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1;
    const start = index === 0 ? 0 : spacesAtStart(line);
    const end = isLast ? line.length : endWithoutSpaces(line);
    if (index > 0 && start >= end && !isLast) {
      empty += 1;
      continue;
    }
    if (index > 0 && start <= column) return undefined;
    if (isJoined && empty > 0) return undefined;
    const isEscaped = hasEscapes && !isLast && ESCAPED.test(line.slice(0, end));
    if (isEscaped && end < line.length) return undefined;
    text += `${isJoined ? '' : empty === 0 ? ' ' : '\n'.repeat(empty)}${line.slice(start, isEscaped ? end - 1 : end)}`;
    isJoined = isEscaped;
    empty = 0;
  }
  return text;
}

/** An odd number of backslashes at the end. */
const ESCAPED = /(?:^|[^\\])(?:\\\\)*\\$/;

export function spacesAtStart(line: string): number {
  let at = 0;
  while (line[at] === ' ') at += 1;
  return at;
}

export function endWithoutSpaces(line: string): number {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  return end;
}
