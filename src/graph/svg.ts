import { CHARACTER, layOut, LINE_HEIGHT, type Box, type Line } from './layout.ts';
import { isDashed, LINE, STYLES } from './style.ts';
import type { Node, Picture } from './picture.ts';

/** A picture that needs no other file. Lines and their labels get lighter where the reader prefers a dark background. */
export function svg(picture: Picture): string {
  const { boxes, lines, width, height } = layOut(picture);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>The way of packets through the forwards of this host</title>',
    `<style>\n${STYLE}\n</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    ...lines.map(lineOf),
    ...boxes.map(boxOf),
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = [
  'text{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}',
  `.line{fill:none;stroke:${LINE};stroke-width:1.4}`,
  '.masquerade{stroke-dasharray:6 4}',
  `.head,.label{fill:${LINE}}`,
  '@media (prefers-color-scheme:light){.line{stroke:#555}.head,.label{fill:#555}}',
  '@media (prefers-color-scheme:dark){.line{stroke:#b0b0b0}.head,.label{fill:#b0b0b0}}',
  ...Object.entries(STYLES).flatMap(([kind, { fill, stroke, text }]) => [
    `.${kind}{fill:${fill};stroke:${stroke};stroke-width:1.6${isDashed(kind as Node['kind']) ? ';stroke-dasharray:5 3' : ''}}`,
    `.${kind}-text{fill:${text}}`,
  ]),
].join('\n');

/** The label begins beside the forward, which has only this line, so labels never overlap. */
function lineOf({ edge: { label, masquerade = false }, from, to, straightTo }: Line): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const straight = label === undefined ? straightTo : straightTo + 10 + label.length * CHARACTER;
  const bend = (straight + x2) / 2;
  const path = `<path class="line${masquerade ? ' masquerade' : ''}" marker-end="url(#arrow)" d="M${short(x1)} ${short(y1)}H${short(straight)}C${short(bend)} ${short(y1)} ${short(bend)} ${short(y2)} ${short(x2)} ${short(y2)}"/>`;
  if (label === undefined) return path;
  return `${path}\n<text class="label" x="${short(x1 + 6)}" y="${short(y1 - 5)}">${escaped(label)}</text>`;
}

function boxOf({ node: { kind, lines }, x, y, width, height }: Box): string {
  const corner = kind === 'client' ? height / 2 : kind === 'hook' ? 0 : 4;
  const top = y + (height - lines.length * LINE_HEIGHT) / 2 + LINE_HEIGHT - 4;
  return [
    `<rect class="${kind}" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" rx="${short(corner)}"/>`,
    ...lines.map(
      (line, index) =>
        `<text class="${kind}-text" x="${short(x + width / 2)}" y="${short(top + index * LINE_HEIGHT)}" text-anchor="middle"${index === 0 && kind === 'forward' ? ' font-weight="bold"' : ''}>${escaped(line)}</text>`,
    ),
  ].join('\n');
}

const short = (value: number): string => `${Math.round(value * 10) / 10}`;

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\u{fffe}\u{ffff}]/gu, '\u{fffd}'); // XML does not allow them
