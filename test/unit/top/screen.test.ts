import { expect, test } from 'vitest';
import { NO_USAGE } from '../../../src/counters/ledger.ts';
import { CLEAR_SCREEN, drawChanges } from '../../../src/top/draw.ts';
import { lastKeys, readKeys, withKey, type Key } from '../../../src/top/keys.ts';
import { pageOf, screenOf, type Line, type Size } from '../../../src/top/screen.ts';
import { startState, withReading, type State, type Used } from '../../../src/top/state.ts';
import { forwardsOf } from '../../support/model.ts';

const SIZE: Size = { columns: 80, rows: 24, unicode: true };
const FORWARDS = forwardsOf(
  ...Array.from({ length: 30 }, (_, at) => `{ name: f${at}, listen: ${7000 + at}, target: "10.0.0.2:5000" }`),
);

/** `bytes` and `connections` of the first forwards; each has a client. */
const used = (...bytes: readonly number[]): readonly Used[] =>
  FORWARDS.map((forward, at) => ({
    ...NO_USAGE,
    forward,
    connections: at,
    sent: { packets: 1, bytes: bytes[at] ?? 0 },
    clients: [{ address: '203.0.113.7', open: at % 3 }],
  }));

const read = (state: State, at: number, forwards = used()): State => withReading(state, forwards, at, undefined);
const twice = (before: readonly number[], now: readonly number[]): State =>
  read(read(startState(2), 1000, used(...before)), 3000, used(...now));

/** A single character is typed. */
const pressed = (state: State, ...keys: readonly string[]): State =>
  keys.reduce((before, key) => withKey(before, key.length === 1 ? { typed: key } : (key as Key), 20) ?? before, state);

const textOf = (state: State, size = SIZE): string =>
  screenOf(state, size)
    .map(({ text }) => text)
    .join('\n');
const names = (state: State, size = SIZE): string[] =>
  textOf(state, size)
    .match(/^[ >]f\d+/gm)
    ?.map((line) => line.slice(1)) ?? [];

const sizes: readonly Size[] = [
  SIZE,
  { ...SIZE, columns: 120, rows: 40 },
  { ...SIZE, columns: 50, rows: 10 },
  { ...SIZE, columns: 20, rows: 5 },
  { ...SIZE, columns: 1, rows: 1 },
  { ...SIZE, columns: 300, rows: 100 },
];
test.each(sizes)('$columns x $rows: as many lines as the screen has, none too wide, on every page', (size) => {
  const list = twice([0], [5000]);
  for (const state of [startState(2), list, pressed(list, '/', 'x'), pressed(list, 'enter'), pressed(list, 'end')]) {
    const lines = screenOf(state, size);
    expect(lines).toHaveLength(size.rows);
    for (const { text } of lines) expect(text.length).toBeLessThanOrEqual(size.columns);
  }
});

test.each([
  [40, / NAME +RECEIVING +SENDING$/],
  [20, / NAME +RECEIVING$/],
  [12, / NAME$/],
])('%i columns: the names are shown whole', (columns, head) => {
  const [, , header, first] = textOf(twice([0], [5000]), { ...SIZE, columns, rows: 5 }).split('\n');
  expect(header?.trimEnd()).toMatch(head);
  expect(first).toMatch(/^>f0 /);
});

test('80 x 24: the busiest forward is first, with rates, and the help is in the last line', () => {
  const lines = textOf(twice([0, 0, 0], [0, 2_500_000, 1000])).split('\n');
  expect(lines[0]).toBe('portfwd top: 30 forwards (1-20)  by traffic  every 2 s');
  expect(lines[1]).toMatch(/^receiving 10\.0 Mbit\/s {3}sending 0 bit\/s {3}0\.0 connections\/s {3}30 open$/);
  expect(lines[3]).toMatch(/^>f1 +0\.0 10\.0 Mbit +0 bit +1 +1 +2\.38 MiB +█$/);
  expect(lines[4]).toMatch(/^ f2 .* 4\.00 kbit /);
  expect(lines.at(-1)).toMatch(/^q quit .*p pause$/);
});

test('sort, reverse, filter and erase', () => {
  const state = twice([0, 0, 0], [0, 2_500_000, 1000]);
  expect(names(pressed(state, 's', 's')).slice(0, 2)).toEqual(['f2', 'f5']);
  expect(names(pressed(state, 's', 's', 's', 's')).slice(0, 3)).toEqual(['f0', 'f1', 'f10']);
  expect(names(pressed(state, 's', 's', 's', 's', 'r')).slice(0, 2)).toEqual(['f9', 'f8']);
  const filtered = pressed(state, '/', '7', '0', '0', '3', 'q');
  expect(names(filtered)).toEqual([]);
  expect(names(pressed(filtered, 'erase'))).toEqual(['f3']);
  expect(textOf(pressed(filtered, 'erase'))).toContain('filter: 7003_');
  expect(names(pressed(filtered, 'erase', 'enter', 'escape'))).toHaveLength(20);
});

test('the cursor stays on its forward while the order changes, and pages', () => {
  const state = pressed(twice([0, 0], [9, 5]), 'down');
  expect(state.selected).toBe('f1');
  const later = read(state, 5000, used(9, 5_000_000));
  expect(textOf(later).split('\n')[3]).toMatch(/^>f1 /);
  expect(names(pressed(later, 'page down', 'page down'))).toHaveLength(10);
  expect(pressed(later, 'end', 'down', 'down').selected).toBe('f29');
  expect(pressed(later, 'end', 'home', 'up').selected).toBe('f1');
  expect(pressed(later, 'k', 'j').selected).not.toBe('f1');
});

test('the page of a forward has its clients, scrolls, and says if it is gone', () => {
  const [first] = used(70_000);
  const clients = Array.from({ length: 50 }, (_, at) => ({ address: `203.0.113.${at}`, open: 1 }));
  const state = pressed(read(startState(2), 1000, first === undefined ? [] : [{ ...first, clients }]), 'enter');
  expect(textOf(state)).toMatch(
    /^f0 {2}tcp 7000 -> 10\.0\.0\.2:5000\n[^]*received +68\.4 KiB in 1 packets[^]*\n203\.0\.113\.0 /,
  );
  expect(textOf(pressed(state, 'page down'))).toMatch(/SENT\n203\.0\.113\.20 /);
  expect(textOf(pressed(state, 'end'))).toMatch(/SENT\n203\.0\.113\.49 /);
  expect(textOf(read(state, 3000, []))).toContain('the forward f0 is not loaded any more');
  expect(pressed(state, 'escape').opened).toBe(false);
});

test('a pause is shown, and q ends the view, except in a filter', () => {
  expect(textOf(pressed(startState(2), 'p'))).toContain('PAUSED');
  expect(withKey(startState(2), { typed: 'q' }, 20)).toBeUndefined();
  expect(withKey(startState(2), 'quit', 20)).toBeUndefined();
  expect(withKey(pressed(startState(2), '/'), { typed: 'q' }, 20)?.filter).toBe('q');
});

test('names and addresses from outside cannot move the cursor', () => {
  const [first] = used();
  if (first === undefined) throw new Error('no forward');
  const odd = '\u001b[2J\u202ered\u{1f600}';
  const forward = { ...first.forward, name: odd, target: { ...first.forward.target, address: odd } };
  const state = read(startState(2), 1000, [{ ...first, forward, clients: [{ address: odd, open: 1 }] }]);
  for (const shown of [state, pressed(state, 'enter')])
    expect(textOf(shown, { ...SIZE, columns: 120 }).replaceAll(/[▁-█\n]/g, '')).toMatch(/^[ -~]*$/);
});

test('keys: arrows in two parts, a lone Escape, and sequences that mean nothing', () => {
  expect(readKeys('\u001b[A\u001bOBx')).toEqual({ keys: ['up', 'down', { typed: 'x' }], rest: '' });
  expect(readKeys('a\u001b[')).toEqual({ keys: [{ typed: 'a' }], rest: '\u001b[' });
  expect(readKeys('\u001b[B')).toEqual({ keys: ['down'], rest: '' });
  expect(lastKeys('\u001b')).toEqual(['escape']);
  expect(readKeys('\u001b[200~é\u001b[1;5C\u0003')).toEqual({ keys: ['quit'], rest: '' });
});

test('only what changed is drawn', () => {
  const state = twice([0], [5000]);
  const lines = screenOf(state, SIZE);
  expect(drawChanges(lines, lines)).toBe('');
  const later = screenOf(read(state, 5000, used(5008)), SIZE);
  expect(drawChanges(lines, later).length).toBeLessThan(200);
  expect(drawChanges([], lines).length).toBeGreaterThan(1000);
  expect(shownAfter(CLEAR_SCREEN + drawChanges([], lines), drawChanges(lines, later))).toEqual(
    later.map(({ text }) => text.trimEnd()),
  );
});

test.each([
  [3, 500],
  [20, 2500],
])('on 80 x 24, a reading with %i busy forwards is at most %i bytes', (busy, most) => {
  const rising = (reading: number): number[] =>
    Array.from({ length: busy }, (_, at) => reading * 54_321 * (at + 1) + 7919 * ((reading * (at + 3)) % 5));
  let state = startState(2);
  let before: readonly Line[] = [];
  for (let reading = 0; reading < 30; reading += 1) {
    state = read(state, 1000 + 2000 * reading, used(...rising(reading)));
    const now = screenOf(state, SIZE);
    if (reading > 14) expect(Buffer.byteLength(drawChanges(before, now))).toBeLessThanOrEqual(most);
    before = now;
  }
});

/** What a terminal shows that knows only these sequences. */
function shownAfter(...texts: readonly string[]): string[] {
  const screen: string[] = [];
  let at = { row: 0, column: 0 };
  for (const part of texts.join('').split('\u001b[')) {
    const [, row, column, text = ''] = /^(\d+);(\d+)H([^]*)$/.exec(part) ?? [];
    if (row !== undefined) at = { row: Number(row) - 1, column: Number(column) - 1 };
    const shown = row === undefined ? part.replace(/^(?:[017]?m|2J|K)/, '') : text;
    const before = screen[at.row] ?? '';
    screen[at.row] = part.startsWith('K') || shown === '' ? before : `${before.slice(0, at.column)}${shown}`;
  }
  return Array.from({ length: SIZE.rows }, (_, at) => screen[at] ?? '');
}

test('a page has at least one row', () => expect(pageOf({ rows: 1 })).toBe(1));

test('without more than ASCII, the history has other bars', () => {
  const size = { ...SIZE, unicode: false };
  expect(textOf(twice([0], [5000]), size)).toMatch(/^[ -~\n]*$/);
  expect(screenOf(twice([0], [5000]), size).map(({ text }): Line['text'] => text)[3]).toMatch(/#$/);
});
