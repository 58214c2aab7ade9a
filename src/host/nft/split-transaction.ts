/** Characters: what becomes of them in netlink is at the most three times as long. */
const LONGEST = 128 * 1024;

type Command = Readonly<Record<string, Readonly<Record<string, Body>>>>;
type Body = Readonly<Record<string, unknown>>;

/**
 * Several documents that, one after the other, make in a new namespace what this one makes. In a user namespace the
 * kernel takes no transaction that is longer than its send buffer (socket(7), wmem_max): two thousand forwards.
 */
export function inParts(json: string): readonly string[] {
  if (json.length <= LONGEST) return [json];
  const { nftables } = JSON.parse(json) as { nftables: readonly Command[] };
  const split = nftables.map(withoutElements);
  const texts = [...split.map(({ command }) => command), ...split.flatMap(({ elements }) => elements)];
  return packed(texts.map((command) => JSON.stringify(command)));
}

interface Split {
  readonly command: Command;
  /** Commands that add the elements which the command above would have brought along. */
  readonly elements: readonly Command[];
}

function withoutElements(command: Command): Split {
  for (const kind of ['set', 'map']) {
    const { elem, ...declaration } = command['add']?.[kind] ?? {};
    if (!Array.isArray(elem)) continue;
    const { family, table, name } = declaration;
    const element = (part: readonly unknown[]): Command => ({ add: { element: { family, table, name, elem: part } } });
    return { command: { add: { [kind]: declaration } }, elements: chunks(elem).map(element) };
  }
  return { command, elements: [] };
}

const CHUNK = 500;

const chunks = (elements: readonly unknown[]): (readonly unknown[])[] =>
  Array.from({ length: Math.ceil(elements.length / CHUNK) }, (_, index) =>
    elements.slice(index * CHUNK, (index + 1) * CHUNK),
  );

/** In their order, as many in a document as fit. */
function packed(commands: readonly string[]): string[] {
  const parts: string[][] = [[]];
  let length = 0;
  for (const command of commands) {
    length += command.length;
    if (length > LONGEST) {
      parts.push([]);
      length = command.length;
    }
    parts.at(-1)?.push(command);
  }
  return parts.map((part) => `{"nftables":[${part.join(',')}]}\n`);
}
