import { quote } from '../../finding/quote.ts';
import { Failure } from '../../failure/failure.ts';
import { findForward } from '../../edit/find-forward.ts';
import { formatListen, type Forward } from '../../model/model.ts';
import type { Opened } from './edit-file.ts';

/**
 * The position of the forward that a word names. Throws `no-forward` if the word matches no forward, more than one, or
 * one listen of a forward that has several.
 */
export function pickForward(
  word: string,
  { file, items, model: { forwards } }: Pick<Opened, 'file' | 'items' | 'model'>,
): number {
  const { indexes, isPart } = findForward(word, forwards, items);
  const named = indexes.flatMap((index) => forwards[index] ?? []);
  const [index] = indexes;
  const [forward] = named;
  if (index === undefined || forward === undefined) throw noForward(word, file, forwards);
  if (named.length > 1) throw severalForwards(word, named);
  if (isPart) throw partOfForward(word, forward);
  return index;
}

const noForward = (word: string, file: string, forwards: readonly Forward[]): Failure =>
  new Failure(
    'no-forward',
    `${file} has no forward ${quote(word)}; nothing was changed`,
    forwards.length === 0 ? 'add one with portfwd add' : `name one of these: ${candidates(word, forwards)}`,
  );

const severalForwards = (word: string, named: readonly Forward[]): Failure =>
  new Failure(
    'no-forward',
    `${quote(word)} names ${named.length} forwards; nothing was changed`,
    new Set(named.map(({ name }) => name)).size < named.length
      ? 'give each of them its own name with portfwd edit'
      : `name one of these: ${named.map(formatForward).join(', ')}`,
  );

const partOfForward = (word: string, { name, listens }: Forward): Failure =>
  new Failure(
    'no-forward',
    `${quote(word)} is one of ${listens.length} listens of ${name}; nothing was changed`,
    `to change its listens, run portfwd set ${name} listen=…; to remove the whole forward, use its name, ${name}`,
  );

const MAX_CANDIDATES = 10;

/** The forwards that contain the word; all of them if none does. */
export function candidates(word: string, forwards: readonly Forward[]): string {
  const texts = forwards.map(formatForward);
  const similar = texts.filter((text) => text.toLowerCase().includes(word.toLowerCase()));
  const shown = similar.length === 0 ? texts : similar;
  const rest = shown.length - MAX_CANDIDATES;
  return `${shown.slice(0, MAX_CANDIDATES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const formatForward = ({ name, listens, family }: Forward): string =>
  `${name} (${listens.map((listen) => formatListen(listen, family)).join(', ')})`;
