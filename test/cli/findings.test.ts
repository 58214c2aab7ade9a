import { afterAll, expect, test } from 'vitest';
import { directoryWith, GOOD, portfwd } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({
  'good.yaml': GOOD,
  'bad.yaml': `version: 1
forwards:
  - "192.0.2.1:6000:192.0.2.7:5000"
  - name: "\\e[31mred\\u202e"
    listen: 022
    target: localhost
    tagret: 10.0.0.2
  - listen: 192.0.2.1:5999-6001
    target: 192.0.2.8
`,
  'many.yaml': `version: 1\nforwards:\n${'  - 6000:192.0.2.7:5000\n'.repeat(151)}`,
});
afterAll(remove);

const EXPECTED: readonly (readonly [string, string, string])[] = [
  ['4:11', 'forwards[1].name', 'forward/name'],
  ['5:13', 'forwards[1].listen', 'file/number'],
  ['6:13', 'forwards[1].target', 'target/address'],
  ['7:5', 'forwards[1].tagret', 'model/unknown-key'],
  ['8:13', 'forwards[2].listen', 'listen/overlap'],
];

test('each finding is one line: FILE:LINE:COL path: error: message; remedy [code]', async () => {
  const { stderr } = await portfwd(cwd, ['check', 'bad.yaml']);
  const lines = stderr.split('\n').slice(0, -1);
  expect(lines).toHaveLength(EXPECTED.length);
  for (const [index, [at, path, code]] of EXPECTED.entries()) {
    expect(lines[index]?.startsWith(`bad.yaml:${at} ${path}: error: `)).toBe(true);
    expect(lines[index]?.endsWith(` [${code}]`)).toBe(true);
  }
  expect(lines[4]).toContain('(see line 3)');
});

test('of very many findings a hundred are printed, and the others counted; as JSON all are', async () => {
  const { stderr } = await portfwd(cwd, ['check', 'many.yaml']);
  const lines = stderr.split('\n').slice(0, -1);
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toBe('many.yaml: and 50 more; portfwd check --json lists all of them');
  const { stdout } = await portfwd(cwd, ['check', '--json', 'many.yaml']);
  expect(placesOf(stdout)).toHaveLength(150);
});

test('nothing from the file reaches a terminal as a control character', async () => {
  for (const args of [
    ['check', 'bad.yaml'],
    ['check', '--json', 'bad.yaml'],
    ['compile', '--json', 'bad.yaml'],
  ]) {
    const { stdout, stderr } = await portfwd(cwd, args);
    expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  }
});

const placesOf = (json: string): string[][] =>
  (JSON.parse(json) as { findings: { line: number; column: number; path: string; code: string }[] }).findings.map(
    ({ line, column, path, code }) => [`${line}:${column}`, path, code],
  );

test('check --json prints the findings as its product', async () => {
  const { stdout, stderr, exitCode } = await portfwd(cwd, ['check', '--json', 'bad.yaml']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 1 });
  expect(placesOf(stdout)).toEqual(EXPECTED);
  expect(JSON.parse(stdout)).toMatchObject({ file: 'bad.yaml', ok: false });
});

test.each(['compile', 'apply', 'status', 'list'])('%s --json prints findings as JSON on stderr', async (command) => {
  const { stdout, stderr } = await portfwd(cwd, [command, '--json', 'bad.yaml']);
  expect(stdout).toBe('');
  expect(placesOf(stderr)).toEqual(EXPECTED);
});

test('a failure is JSON too', async () => {
  const { stdout, stderr } = await portfwd(cwd, ['check', '--json', 'missing.yaml']);
  expect(stdout).toBe('');
  expect(JSON.parse(stderr)).toMatchObject({ failure: { reason: 'config-unreadable', detail: null } });
});

test('check --json of a good file says ok', async () => {
  const { stdout, exitCode } = await portfwd(cwd, ['check', '--json', 'good.yaml']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ file: 'good.yaml', ok: true, forwards: 1 });
});
