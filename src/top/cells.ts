/**
 * Names and addresses come from outside. Other characters than those of ASCII may move the cursor, or be wider than one
 * column.
 */
export const plain = (text: string): string =>
  text.replaceAll(/[^ -~]/gu, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

/** Exactly so wide. A text that is cut ends with `~`. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (text.length > width) return width < 2 ? text.slice(0, width) : `${text.slice(0, width - 1)}~`;
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** Nothing for 0, so that the lines of unused forwards never change. */
const BARS = ' ▁▂▃▄▅▆▇█';
const ASCII_BARS = ' _.:-=+*#';

/** The last values, each a bar of its height against the largest. */
export function sparkline(values: readonly number[], width: number, unicode: boolean): string {
  const shown = values.slice(-width);
  const most = Math.max(...shown, 0);
  const bars = unicode ? BARS : ASCII_BARS;
  const bar = (value: number): string =>
    bars[value <= 0 ? 0 : Math.max(1, Math.round((value / most) * (bars.length - 1)))] ?? '';
  return shown.map(bar).join('').padStart(width);
}
