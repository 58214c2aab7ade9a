import { isDashed, LINE, STYLES } from './style.ts';
import type { Edge, Node, Picture } from './picture.ts';

/** A directed graph for Graphviz. */
export const dot = ({ nodes, edges }: Picture): string =>
  [
    'digraph portfwd {',
    '  graph [rankdir=LR, bgcolor="transparent", ranksep=1, nodesep=0.15]',
    '  node [shape=box, style=filled, fontname="monospace", fontsize=11]',
    `  edge [color="${LINE}", fontcolor="${LINE}", fontname="monospace", fontsize=10]`,
    ...nodes.map((node) => `  ${node.id} [${attributes(node)}]`),
    ...edges.map((edge) => `  ${lineOf(edge)}`),
    '}',
    '',
  ].join('\n');

function attributes({ kind, lines }: Node): string {
  const { fill, stroke, text } = STYLES[kind];
  const shape = SHAPES[kind];
  return [
    `label=${quoted(lines)}`,
    ...(shape === undefined ? [] : [`shape=${shape}`]),
    ...(isDashed(kind) ? ['style="filled,dashed"'] : []),
    `fillcolor="${fill}"`,
    `color="${stroke}"`,
    `fontcolor="${text}"`,
  ].join(', ');
}

const SHAPES: Readonly<Partial<Record<Node['kind'], string>>> = { client: 'ellipse', hook: 'hexagon' };

function lineOf({ from, to, label, masquerade = false }: Edge): string {
  const parts = [...(label === undefined ? [] : [`label=${quoted([label])}`]), ...(masquerade ? ['style=dashed'] : [])];
  return `${from} -> ${to}${parts.length === 0 ? '' : ` [${parts.join(', ')}]`}`;
}

/** Graphviz reads `\n` and other escapes in a text, and HTML entities. */
const quoted = (lines: readonly string[]): string => `"${lines.map(escaped).join(String.raw`\n`)}"`;

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`);
