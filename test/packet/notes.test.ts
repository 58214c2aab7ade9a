import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPlace, type Place } from './place.ts';

const REMOTE = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';
const ABSENT = '  - {name: soon, listen: 80, target: 10.0.0.3, interface: ppp0}\n';

let place: Place;
beforeEach(async () => {
  place = await startPlace();
});
afterEach(async () => place.remove());

/** The codes of what a command says of the file and the host. */
const told = async (...args: readonly string[]): Promise<string[]> => {
  const { stdout, stderr } = await place.portfwd(...args);
  return `${stdout}\n${stderr}`.split('\n').flatMap((line) => /(?:warning|note): .*\[(.*)\]$/.exec(line)?.[1] ?? []);
};

test('a note is told when its ruleset is new, and by check always', async () => {
  place.write(REMOTE);
  const note = 'listen/loopback-left-alone';
  expect(await told('apply', '--dry-run')).toEqual([note]);
  expect(await told('apply')).toEqual([note]);
  expect(await told('apply')).toEqual([]);
  expect(await told('plan')).toEqual([]);
  expect(await told('check')).toEqual([note]);
  expect(await told('add', '6001', '10.0.0.4')).toEqual([note]);
  expect(await told('plan')).toEqual([]);
  place.write(REMOTE);
  expect(await told('plan')).toEqual([note]);
  expect(await told('down')).toEqual([]);
  expect(await told('apply')).toEqual([note]);
});

test('a warning is told until it is mended', async () => {
  place.write(`${REMOTE}${ABSENT}`);
  expect(await told('apply')).toEqual(['listen/loopback-left-alone', 'host/interface-absent']);
  expect(await told('apply')).toEqual(['host/interface-absent']);
  expect(await told('plan')).toEqual(['host/interface-absent']);
  await place.run(['ip', 'link', 'add', 'ppp0', 'type', 'bridge']);
  expect(await told('apply')).toEqual([]);
});
