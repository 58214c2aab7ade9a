import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dot } from '../../../src/graph/dot.ts';
import { layOut } from '../../../src/graph/layout.ts';
import { mermaid } from '../../../src/graph/mermaid.ts';
import { pictureOf, type Picture } from '../../../src/graph/picture.ts';
import { LINE, STYLES } from '../../../src/graph/style.ts';
import { svg } from '../../../src/graph/svg.ts';
import { parseHostFacts } from '../../../src/parse/host-facts.ts';
import { forwardsOf } from '../../support/model.ts';

const FACTS = parseHostFacts(
  readFileSync(new URL('../../../rulesets/gateway/host-facts.json', import.meta.url), 'utf8'),
);

const FORWARDS = forwardsOf(
  '{ name: app, listen: 6000, target: "192.168.0.2:5000" }',
  '{ name: web, listen: [80, 443], target: 10.0.0.2, interface: eth0, from: 198.51.100.0/24 }',
  '{ name: mail, listen: "[::]:25", target: "[2001:db8:2::25]", masquerade: always }',
  '{ name: own, listen: "127.0.0.2:80", target: "127.0.0.1:8080" }',
  '{ name: old, listen: [1, 2, 3, 4, 5], target: 10.0.0.2, enabled: false }',
);
const PICTURE = pictureOf(FORWARDS, FACTS);
const EMPTY = pictureOf([], FACTS);

/** Everything that is special in one of the formats. */
const HOSTILE = String.raw`"]:::x <b> & &amp; #35; \n \ | ' {{ --> %% ${'`'}-${'`'} ]]> end`;
const ODD: Picture = {
  nodes: [
    { id: 'f1', kind: 'forward', lines: [HOSTILE] },
    { id: 't1', kind: 'target', lines: ['10.0.0.2'] },
  ],
  edges: [{ from: 'f1', to: 't1', label: HOSTILE }],
};

test.each([
  ['mermaid', mermaid],
  ['dot', dot],
  ['svg', svg],
])('the picture as %s', async (name, format) => {
  await expect(format(PICTURE)).toMatchFileSnapshot(`golden/forwards.${name}`);
});

test('Mermaid: each line is a node, an edge or a class, and special characters are entities', () => {
  for (const picture of [PICTURE, EMPTY, ODD]) {
    const [first, ...lines] = mermaid(picture).trimEnd().split('\n');
    expect(first).toBe('flowchart LR');
    for (const line of lines)
      expect(line).toMatch(
        /^ {2}(?:\w+(?:\(\["[^"`<>]*(?:<br\/>[^"`<>]*)*"\]\)|\{\{"[^"]*"\}\}|\["(?:<br\/>|[^"`<>])*"\]):::\w+|\w+ -\.?->(?:\|"[^"|<>`]*"\|)? \w+|classDef \w+ \S+(?: \S+)?)$/,
      );
  }
});

test('Graphviz draws DOT, and shows the text as it is', () => {
  for (const picture of [PICTURE, EMPTY, ODD]) {
    const drawn = execFileSync('dot', ['-Tsvg'], { input: dot(picture), encoding: 'utf8', stdio: 'pipe' });
    const texts = textsIn(drawn);
    for (const { lines } of picture.nodes) for (const line of lines) expect(texts).toContain(line);
  }
});

const ELEMENTS = ['svg', 'title', 'style', 'defs', 'marker', 'path', 'rect', 'text'];

test('SVG is XML, and shows the text as it is', () => {
  for (const picture of [PICTURE, EMPTY, ODD]) {
    const text = svg(picture);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    execFileSync('python3', ['-c', 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)'], {
      input: text,
      stdio: 'pipe',
    });
    // No other elements: no links, and no scripts.
    for (const [, name] of text.matchAll(/<([^\s/>]+)/g)) expect(ELEMENTS).toContain(name);
    for (const { lines } of picture.nodes) for (const line of lines) expect(textsIn(text)).toContain(line);
  }
});

/** The texts of an SVG. */
const textsIn = (drawn: string): string[] =>
  [...drawn.matchAll(/<text[^>]*>(?<text>[^<]*)<\/text>/g)].map(({ groups }) =>
    (groups?.['text'] ?? '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll(/&#160;|&#xa0;/g, ' ')
      .replaceAll('&#45;', '-')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&'),
  );

/** As WCAG defines it. 4.5 is enough for text, and 3 for lines. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [one, other].map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test('text and lines can be read on a light and on a dark page', () => {
  for (const { fill, text } of Object.values(STYLES)) expect(contrast(fill, text)).toBeGreaterThan(7);
  for (const page of ['#ffffff', '#000000']) expect(contrast(LINE, page)).toBeGreaterThan(4.4);
  const [, light = ''] = /light\)\{\.line\{stroke:(#\w+)\}/.exec(svg(PICTURE)) ?? [];
  const [, dark = ''] = /dark\)\{\.line\{stroke:(#\w+)\}/.exec(svg(PICTURE)) ?? [];
  expect(contrast(light.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3'), '#ffffff')).toBeGreaterThan(7);
  expect(contrast(dark, '#0d1117')).toBeGreaterThan(7);
});

test('no two boxes overlap, and no line crosses a box', () => {
  const { boxes, lines } = layOut(PICTURE);
  for (const [index, one] of boxes.entries())
    for (const other of boxes.slice(index + 1))
      expect(
        one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y,
      ).toBe(true);
  for (const { from, straightTo } of lines) {
    const y = from.y + from.height / 2;
    const crossed = boxes.filter(
      (box) => box.x > from.x && box.x < straightTo && box.y <= y && y <= box.y + box.height,
    );
    expect(crossed).toEqual([]);
  }
});

test('characters that change what a terminal or a page shows are escaped', () => {
  const [forward] = FORWARDS;
  if (forward === undefined) throw new Error('no forward');
  const { nodes } = pictureOf([{ ...forward, name: 'a\u202eb\u0007' }], FACTS);
  expect(nodes.flatMap(({ lines }) => lines)).toContain(String.raw`a\u202eb\u0007`);
});

test('without facts, targets on this host are not known, and a switched-off forward has no way to it', () => {
  const texts = pictureOf(FORWARDS, undefined).nodes.flatMap(({ lines }) => lines);
  expect(texts.filter((text) => text === 'on this host')).toHaveLength(1);
  expect(PICTURE.edges.filter(({ to }) => to === 'f5')).toEqual([]);
});
