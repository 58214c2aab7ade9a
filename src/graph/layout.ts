import type { Edge, Node, Picture } from './picture.ts';

/** In pixels; `x` and `y` are those of the upper left corner. */
export interface Box {
  readonly node: Node;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly edge: Edge;
  readonly from: Box;
  readonly to: Box;
  /** Up to here it is straight, so that it passes above or below the boxes of the columns between. */
  readonly straightTo: number;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
}

export const LINE_HEIGHT = 17;
/** Of a character of the monospaced font, whose size is 13. */
export const CHARACTER = 7.83;
const PADDING = 10;
const GAP = 14;
/** Between the hooks: their lines to the forwards pass above and below the chain that both use. */
const HOOK_GAP = 30;
const BETWEEN = 70;
const MARGIN = 12;
const LONGEST_LABEL = "client's address kept".length;

/**
 * Columns from left to right: clients, hooks, the chain that both hooks use, forwards, targets. The forwards are in the
 * order of the file, each target is beside its forwards, and everything to the left of them is centred. No line crosses a box.
 */
export function layOut({ nodes, edges }: Picture): Layout {
  const columns = COLUMNS.map((holds) => nodes.filter(holds)).filter((column) => column.length > 0);
  const boxes = new Map<string, Box>();
  const middle = columns.findIndex((column) => column.some(isForward));
  const height = Math.max(...columns.map(heightOf), 0);
  let x = MARGIN;
  for (const [index, column] of columns.entries()) {
    const width = Math.max(...column.map(widthOf));
    const wanted = index > middle ? besideForwards(column, edges, boxes) : undefined;
    for (const box of stacked(column, x, width, height, wanted)) boxes.set(box.node.id, box);
    x += width + (index === middle ? LABEL_SPACE : BETWEEN);
  }
  const all = [...boxes.values()];
  return {
    boxes: all,
    lines: edges.flatMap((edge) => {
      const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
      if (from === undefined || to === undefined) return [];
      const ends = all.filter(({ x: left }) => left < to.x).map((box) => box.x + box.width);
      return [{ edge, from, to, straightTo: Math.max(from.x + from.width, ...ends) }];
    }),
    width: Math.ceil(Math.max(...all.map((box) => box.x + box.width), 0) + MARGIN),
    height: Math.ceil(Math.max(...all.map((box) => box.y + box.height), 0) + MARGIN),
  };
}

const LABEL_SPACE = LONGEST_LABEL * CHARACTER + BETWEEN;

const isForward = ({ kind }: Node): boolean => kind === 'forward' || kind === 'disabled';

const COLUMNS: readonly ((node: Node) => boolean)[] = [
  ({ kind }) => kind === 'client',
  ({ kind, id }) => kind === 'hook' && id !== 'dispatch',
  ({ id }) => id === 'dispatch',
  isForward,
  ({ kind }) => kind === 'target',
];

const widthOf = ({ lines }: Node): number => Math.max(...lines.map((line) => line.length)) * CHARACTER + 2 * PADDING;
const boxHeight = ({ lines }: Node): number => lines.length * LINE_HEIGHT + PADDING;

const heightOf = (column: readonly Node[]): number =>
  column.reduce((sum, node) => sum + boxHeight(node), 0) + (column.length - 1) * gapOf(column);

const gapOf = (column: readonly Node[]): number => (column.some(({ kind }) => kind === 'hook') ? HOOK_GAP : GAP);

/** One below the other: centred, or each as near as possible to the middle that is wanted. */
function stacked(
  column: readonly Node[],
  x: number,
  width: number,
  height: number,
  wanted?: ReadonlyMap<Node, number>,
): Box[] {
  let y = MARGIN + (wanted === undefined ? (height - heightOf(column)) / 2 : 0);
  const order = wanted === undefined ? column : [...column].sort((a, b) => middleOf(a, wanted) - middleOf(b, wanted));
  return order.map((node) => {
    const own = boxHeight(node);
    const top = wanted === undefined ? y : Math.max(y, middleOf(node, wanted) - own / 2);
    y = top + own + gapOf(column);
    return { node, x, y: top, width, height: own };
  });
}

const middleOf = (node: Node, wanted: ReadonlyMap<Node, number>): number => wanted.get(node) ?? 0;

/** The mean of the middles of the forwards that a target has. */
function besideForwards(
  column: readonly Node[],
  edges: readonly Edge[],
  boxes: ReadonlyMap<string, Box>,
): ReadonlyMap<Node, number> {
  const middles = new Map<string, number[]>();
  for (const { from, to } of edges) {
    const box = boxes.get(from);
    if (box !== undefined) middles.set(to, [...(middles.get(to) ?? []), box.y + box.height / 2]);
  }
  return new Map(
    column.map((node) => {
      const found = middles.get(node.id) ?? [0];
      return [node, found.reduce((sum, one) => sum + one, 0) / found.length];
    }),
  );
}
