/** Characters of JSON. The netlink message is at most three times as long. */
const MAX_LENGTH = 128 * 1024;

type Command = Readonly<Record<string, Readonly<Record<string, Body>>>>;
type Body = Readonly<Record<string, unknown>>;

/**
 * Splits a document into documents that, loaded one after the other into a new namespace, have the same result. In a user
 * namespace, a transaction cannot be longer than the socket's send buffer (socket(7), wmem_max): about 2000 forwards.
 */
export function splitTransaction(json: string): readonly string[] {
  if (json.length <= MAX_LENGTH) return [json];
  const { nftables } = JSON.parse(json) as { nftables: readonly Command[] };
  const split = nftables.map(withoutElements);
  const texts = [...split.map(({ command }) => command), ...split.flatMap(({ elements }) => elements)];
  return packed(texts.map((command) => JSON.stringify(command)));
}

interface Split {
  readonly command: Command;
  /** Commands that add the elements which were taken out of the command. */
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

/** Elements of one command. */
const CHUNK = 500;

const chunks = (elements: readonly unknown[]): (readonly unknown[])[] =>
  Array.from({ length: Math.ceil(elements.length / CHUNK) }, (_, index) =>
    elements.slice(index * CHUNK, (index + 1) * CHUNK),
  );

/** Joins commands, in their order, to documents that are not too long. */
function packed(commands: readonly string[]): string[] {
  const parts: string[][] = [[]];
  let length = 0;
  for (const command of commands) {
    length += command.length;
    if (length > MAX_LENGTH) {
      parts.push([]);
      length = command.length;
    }
    parts.at(-1)?.push(command);
  }
  return parts.map((part) => `{"nftables":[${part.join(',')}]}\n`);
}
