import { parseListenText } from '../parse/endpoint.ts';
import { formatListen, type Forward, type Listen } from '../model/model.ts';
import { parseShorthand } from '../parse/shorthand.ts';

/** What a word on the command line names: positions in the list of forwards. */
export interface Found {
  readonly indexes: readonly number[];
  /** It is one of several listens of that forward. */
  readonly isPart: boolean;
}

/** By name, also a derived one; else by listen, as it is written or as portfwd prints it. `items` are the forwards as the file has them. */
export function findForward(word: string, forwards: readonly Forward[], items: readonly unknown[]): Found {
  const named = indexesWhere(forwards, ({ name }) => name === word);
  if (named.length > 0) return { indexes: named, isPart: false };
  const indexes = indexesWhere(forwards, (forward, index) =>
    forward.listens.some((listen, at) => isMeant(word, forward, listen, writtenListens(items[index])[at])),
  );
  return { indexes, isPart: indexes.some((index) => forwards[index]?.listens.length !== 1) };
}

const isMeant = (word: string, { family }: Forward, listen: Listen, written: string | undefined): boolean => {
  const canonical = formatListen(listen, family);
  return word === written || word === canonical || usual(word) === canonical;
};

/** `*:6000` and `0.0.0.0:6000` are 6000. */
function usual(word: string): string | undefined {
  const parsed = parseListenText(word);
  if ('fault' in parsed) return undefined;
  const { address, family = 'ip', ports } = parsed.ok;
  return formatListen({ address: address?.text, ports, path: [] }, family);
}

function writtenListens(item: unknown): readonly string[] {
  if (typeof item === 'string') {
    const parsed = parseShorthand(item);
    return 'fault' in parsed ? [] : [String(parsed.ok.listen)];
  }
  const { listen } = item as { readonly listen?: unknown };
  return (Array.isArray(listen) ? listen : [listen]).map(String);
}

const indexesWhere = (
  forwards: readonly Forward[],
  holds: (forward: Forward, index: number) => boolean,
): readonly number[] => forwards.flatMap((forward, index) => (holds(forward, index) ? [index] : []));
