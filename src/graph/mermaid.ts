import { isDashed, STYLES } from './style.ts';
import type { Edge, Node, Picture } from './picture.ts';

/** A flowchart for Mermaid 9 and later, which GitHub and GitLab draw. */
export const mermaid = ({ nodes, edges }: Picture): string =>
  [
    'flowchart LR',
    ...nodes.map((node) => `  ${node.id}${shapeOf(node)}:::${node.kind}`),
    ...edges.map((edge) => `  ${arrowOf(edge)}`),
    ...[...new Set(nodes.map(({ kind }) => kind))].map(classOf),
    '',
  ].join('\n');

function shapeOf({ kind, lines }: Node): string {
  const text = `"${lines.map(escaped).join('<br/>')}"`;
  if (kind === 'client') return `([${text}])`;
  return kind === 'hook' ? `{{${text}}}` : `[${text}]`;
}

function arrowOf({ from, to, label, masquerade = false }: Edge): string {
  const text = label === undefined ? '' : `|"${escaped(label)}"|`;
  return `${from} ${masquerade ? '-.->' : '-->'}${text} ${to}`;
}

function classOf(kind: Node['kind']): string {
  const { fill, stroke, text } = STYLES[kind];
  const dashes = isDashed(kind) ? ',stroke-dasharray:4 3' : '';
  return `  classDef ${kind} fill:${fill},stroke:${stroke},color:${text}${dashes}`;
}

/** Mermaid reads entities without `&`, and Markdown in a text, so all characters but the plain ones are entities. */
const escaped = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N} .,:/[\]@'-]/gu, (character) => `#${character.codePointAt(0)};`);
