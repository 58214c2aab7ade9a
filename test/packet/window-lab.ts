import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pidsIn, startPlace, until, type Place, type Started, type State } from './place.ts';

/** Another port, another target, and a sysctl that only the new model wants. */
const OLD = 'version: 1\nforwarding: ignore\nforwards:\n  - "10.0.0.1:6000:10.0.0.2:5000"\n';
const NEW = 'version: 1\nforwarding: enable\nforwards:\n  - "10.0.0.1:6001:10.0.0.3:5000"\n';

export interface Prepared {
  readonly place: Place;
  readonly before: State;
  readonly after: State;
}

export const count = { windows: 0, kills: 0 };
const places: Place[] = [];

/** For afterAll; prints what was done. */
export async function removePlaces(): Promise<void> {
  await Promise.all(places.map(async (place) => place.remove()));
  process.stdout.write(`${count.windows} windows, ${count.kills} kills
`);
}

/** One more place, removed with all of them. */
export async function another(disk?: Pick<Place, 'directory'>): Promise<Place> {
  const place = await startPlace(disk);
  places.push(place);
  return place;
}

/** Generation 1 is NEW, generation 2 is OLD, and OLD is loaded: `rollback 1` changes kernel, sysctl and file. */
export async function prepare(): Promise<Prepared> {
  first ??= prepareFirst();
  const { where, after } = await first;
  const place = await another();
  mkdirSync(join(place.state, 'history'), { recursive: true, mode: 0o700 });
  for (const name of ['history/000001.yaml', 'history/000001.json']) {
    const text = readFileSync(join(where.state, name), 'utf8');
    writeFileSync(join(place.state, name), text.replace(where.file, place.file));
  }
  const before = await apply(place, OLD);
  expect(before.ruleset).not.toBe(after.ruleset);
  expect([before.forwarding, after.forwarding]).toEqual(['0', '1']);
  return { place, before, after };
}

let first: ReturnType<typeof prepareFirst> | undefined;

/** What NEW makes is the same everywhere. */
async function prepareFirst(): Promise<{ readonly where: Place; readonly after: State }> {
  const where = await another();
  return { where, after: await apply(where, NEW) };
}

async function apply(place: Place, model: string): Promise<State> {
  place.write(model);
  expect(await place.portfwd('apply')).toEqual({ exitCode: 0, stdout: '1 forward loaded', stderr: '' });
  return place.seen();
}

export const CHANGE = (seconds: number): string[] => ['rollback', '1', '--confirm', `${seconds}`];
export const SOON = 2;
export const LATER = 600;

export async function open(
  { place, before, after }: Prepared,
  seconds: number,
  through?: Parameters<Place['start']>[1],
): Promise<Started> {
  count.windows += 1;
  const run = place.start(CHANGE(seconds), through);
  await run.says('applied; reverting in');
  expect(await place.seen()).toEqual({ ...after, file: before.file });
  return run;
}

export const isOpen = ({ state }: Place): boolean => existsSync(join(state, 'window.json'));

/** Everything is as it was, and nobody waits any more. */
export async function backTo({ place, before }: Prepared): Promise<void> {
  await until('the window closes', () => !isOpen(place));
  await until('nobody is left', async () => (await pidsIn(place.name)).length === 0);
  expect(await place.seen()).toEqual(before);
}

/** Everything is as the change wanted it, the file too, and nobody waits any more. */
export async function keptIn({ place, after }: Prepared): Promise<void> {
  await until('nobody is left', async () => (await pidsIn(place.name)).length === 0);
  expect(isOpen(place)).toBe(false);
  expect(await place.seen()).toEqual({ ...after, file: NEW });
}

export const reverterOf = ({ state }: Place): number =>
  (JSON.parse(readFileSync(join(state, 'window.json'), 'utf8')) as { reverter: { pid: number } }).reverter.pid;

/** A terminal of its own: what is typed reaches it, and when `script` dies it hangs up. */
export const onTerminal = (command: readonly string[]): string[] => ['script', '-qec', command.join(' '), '/dev/null'];
