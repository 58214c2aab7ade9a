import { selectedIn, shownRows, SORTS, type State } from './state.ts';

export type Key =
  | 'up'
  | 'down'
  | 'page up'
  | 'page down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'erase'
  | 'quit'
  | Typed;

/** A character of the keyboard. */
interface Typed {
  readonly typed: string;
}

const ESC = '\u001b';

/** What terminals send. */
const SEQUENCES: Readonly<Record<string, Key>> = {
  [`${ESC}[A`]: 'up',
  [`${ESC}OA`]: 'up',
  [`${ESC}[B`]: 'down',
  [`${ESC}OB`]: 'down',
  [`${ESC}[5~`]: 'page up',
  [`${ESC}[6~`]: 'page down',
  [`${ESC}[H`]: 'home',
  [`${ESC}OH`]: 'home',
  [`${ESC}[1~`]: 'home',
  [`${ESC}[F`]: 'end',
  [`${ESC}OF`]: 'end',
  [`${ESC}[4~`]: 'end',
  [`${ESC}[D`]: 'escape',
  [`${ESC}OD`]: 'escape',
  [`${ESC}[C`]: 'enter',
  [`${ESC}OC`]: 'enter',
  '\r': 'enter',
  '\n': 'enter',
  [ESC]: 'escape',
  '\u007f': 'erase',
  '\b': 'erase',
  '\u0003': 'quit',
  '\u0004': 'quit',
};

/** A sequence of an unknown key is one key, too: its characters were not typed. */
const NEXT = `${ESC}(?:\\[[0-9;?]*[ -/]*[@-~]|O[@-~])|[^]`;

/** An arrow key begins as the key Escape does. On a slow line, the rest of it may come later. */
const UNFINISHED = new RegExp(`${ESC}(?:\\[[0-9;?]*|O)?$`);

/** The keys in this input, and the beginning of one whose rest is still to come. */
export function readKeys(input: string): { readonly keys: readonly Key[]; readonly rest: string } {
  const rest = UNFINISHED.exec(input)?.[0] ?? '';
  return { keys: allKeys(input.slice(0, input.length - rest.length)), rest };
}

/** Nothing more came: what looked like the beginning of a key was the key Escape. */
export const lastKeys = (rest: string): readonly Key[] => (rest === '' ? [] : ['escape']);

function allKeys(text: string): readonly Key[] {
  const keys: Key[] = [];
  for (const [part] of text.matchAll(new RegExp(NEXT, 'gu'))) {
    const key = SEQUENCES[part];
    if (key !== undefined) keys.push(key);
    else if (/^[ -~]$/.test(part)) keys.push({ typed: part });
  }
  return keys;
}

/** The state after a key. Undefined: the view is over. `page`: how many rows a screen has. */
export function withKey(state: State, key: Key, page: number): State | undefined {
  if (key === 'quit') return undefined;
  if (state.typing) return typed(state, key);
  if (typeof key !== 'object') return moved(state, key, page);
  switch (key.typed) {
    case 'q':
      return undefined;
    case 'j':
      return moved(state, 'down', page);
    case 'k':
      return moved(state, 'up', page);
    case 's':
      return { ...state, sort: SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length] ?? 'traffic' };
    case 'r':
      return { ...state, reversed: !state.reversed };
    case 'p':
    case ' ':
      return { ...state, paused: !state.paused };
    case '/':
      return state.opened ? state : { ...state, typing: true };
    default:
      return state;
  }
}

function typed(state: State, key: Key): State {
  if (key === 'enter') return { ...state, typing: false };
  if (key === 'escape') return { ...state, typing: false, filter: '' };
  if (key === 'erase') return { ...state, filter: state.filter.slice(0, -1) };
  if (typeof key !== 'object') return state;
  return { ...state, filter: `${state.filter}${key.typed}`.slice(0, MOST_TYPED) };
}

const MOST_TYPED = 40;

function moved(state: State, key: Exclude<Key, Typed>, page: number): State {
  if (key === 'escape' || key === 'erase') return state.opened ? { ...state, opened: false } : { ...state, filter: '' };
  const shown = shownRows(state);
  const at = selectedIn(state, shown);
  const name = shown[at]?.used.forward.name;
  if (key === 'enter') return name === undefined ? state : { ...state, selected: name, opened: true, scrolled: 0 };
  if (state.opened) {
    const clients = shown[at]?.used.clients?.length ?? 0;
    return { ...state, scrolled: stepped(state.scrolled, key, page, clients) };
  }
  return { ...state, selected: shown[stepped(at, key, page, shown.length)]?.used.forward.name };
}

function stepped(at: number, key: Exclude<Key, Typed>, page: number, length: number): number {
  const steps: Partial<Record<typeof key, number>> = {
    up: -1,
    down: 1,
    'page up': -page,
    'page down': page,
    home: -length,
    end: length,
  };
  return Math.max(0, Math.min(length - 1, at + (steps[key] ?? 0)));
}
