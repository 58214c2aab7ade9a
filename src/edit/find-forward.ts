import { parseListenText } from '../parse/endpoint.ts';
import { formatListen, type Forward, type Listen } from '../model/model.ts';
import { listOf } from '../parse/schema.ts';
import { parseShorthand } from '../parse/shorthand.ts';

/** The forwards that a word on the command line refers to, by position in the list. */
export interface Found {
  readonly indexes: readonly number[];
  /** The word is only one of several listens of a forward. */
  readonly isPart: boolean;
}

/**
 * Finds forwards by name, including derived names, or else by listen, as it is in the file or as portfwd prints it. `items`
 * are the forwards as they are in the file; without them, only what portfwd prints counts.
 */
export function findForward(word: string, forwards: readonly Forward[], items: readonly unknown[] = []): Found {
  const named = indexesWhere(forwards, ({ name }) => name === word);
  if (named.length > 0) return { indexes: named, isPart: false };
  const indexes = indexesWhere(forwards, (forward, index) =>
    forward.listens.some((listen, at) => matchesListen(word, forward, listen, writtenListens(items[index])[at])),
  );
  return { indexes, isPart: indexes.some((index) => forwards[index]?.listens.length !== 1) };
}

const matchesListen = (word: string, { family }: Forward, listen: Listen, written: string | undefined): boolean => {
  const canonical = formatListen(listen, family);
  return word === written || word === canonical || canonicalListen(word) === canonical;
};

/** `*:6000` and `0.0.0.0:6000` become 6000. */
function canonicalListen(word: string): string | undefined {
  const parsed = parseListenText(word);
  if ('fault' in parsed) return undefined;
  const { address, interface: name, family = 'ip', ports } = parsed.ok;
  return formatListen({ address: address?.text, interface: name, ports, path: [] }, family);
}

function writtenListens(item: unknown): readonly string[] {
  if (typeof item === 'string') {
    const parsed = parseShorthand(item);
    return 'fault' in parsed ? [] : listOf(parsed.ok.listen).map(String);
  }
  const { listen } = (item ?? {}) as { readonly listen?: unknown };
  return (Array.isArray(listen) ? listen : [listen]).map(String);
}

const indexesWhere = (
  forwards: readonly Forward[],
  holds: (forward: Forward, index: number) => boolean,
): readonly number[] => forwards.flatMap((forward, index) => (holds(forward, index) ? [index] : []));
