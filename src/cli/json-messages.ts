/**
 * Under --json all that is said on the way becomes one document: what is JSON is merged, lists with lists, and
 * lines for people become `messages`. Written when the command is over, whatever its end.
 */
export function oneDocument(write: (text: string) => void): {
  readonly err: (text: string) => void;
  readonly end: () => void;
} {
  const said = new Map<string, unknown>();
  return {
    err: (text) => {
      for (const [key, value] of Object.entries(objectIn(text) ?? { messages: linesOf(text) }))
        said.set(key, merged(said.get(key), value));
    },
    end: () => {
      if (said.size > 0) write(`${JSON.stringify(Object.fromEntries(said))}\n`);
    },
  };
}

const merged = (one: unknown, other: unknown): unknown =>
  Array.isArray(one) && Array.isArray(other) ? [...(one as unknown[]), ...(other as unknown[])] : other;

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function objectIn(text: string): object | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
