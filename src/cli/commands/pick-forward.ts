import { quote } from '../../finding/quote.ts';
import { Failure } from '../../failure/failure.ts';
import { findForward } from '../../edit/find-forward.ts';
import { formatListen, type Forward } from '../../model/model.ts';
import type { Opened } from './edit-file.ts';

/** The position of the one forward that a word names. Throws `no-forward` where it names none, several, or a part of one. */
export function pickForward(word: string, { file, editable, model: { forwards } }: Opened): number {
  const { indexes, isPart } = findForward(word, forwards, editable.value.forwards);
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
    `${quote(word)} names no forward of ${file}; nothing was changed`,
    forwards.length === 0 ? 'it has none' : `name one of these: ${candidates(word, forwards)}`,
  );

const severalForwards = (word: string, named: readonly Forward[]): Failure =>
  new Failure(
    'no-forward',
    `${quote(word)} names ${named.length} forwards; nothing was changed`,
    new Set(named.map(({ name }) => name)).size < named.length
      ? 'give them names of their own with portfwd edit'
      : `name one of these: ${named.map(formatForward).join(', ')}`,
  );

const partOfForward = (word: string, { name, listens }: Forward): Failure =>
  new Failure(
    'no-forward',
    `${quote(word)} is one of ${listens.length} listens of ${name}; nothing was changed`,
    `name the forward ${name}, or give it other listens: portfwd set ${name} listen=…`,
  );

const MOST = 10;

/** Those that look like it, where any do. */
function candidates(word: string, forwards: readonly Forward[]): string {
  const texts = forwards.map(formatForward);
  const similar = texts.filter((text) => text.toLowerCase().includes(word.toLowerCase()));
  const shown = similar.length === 0 ? texts : similar;
  const rest = shown.length - MOST;
  return `${shown.slice(0, MOST).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const formatForward = ({ name, listens, family }: Forward): string =>
  `${name} (${listens.map((listen) => formatListen(listen, family)).join(', ')})`;
