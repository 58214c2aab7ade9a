import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, portfwd, runIn } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({
  'good.yaml': GOOD,
  'bad.yaml': GOOD.replace('6000', '0'),
  'large.yaml': `${GOOD}#${' '.repeat(67_108_864)}`,
  'looped.yaml': GOOD,
});
symlinkSync('looped.d', join(cwd, 'looped.d'));
beforeAll(async () => void (await runIn(cwd, 'mkfifo', ['fifo'])));
afterAll(remove);

const help = (await portfwd(cwd, ['--help'])).stdout;
const COMMANDS = [...help.matchAll(/^ {2}(?<name>[a-z]+) {2,}/gm)]
  .map(({ groups }) => groups?.['name'] ?? '')
  .filter((name) => name !== 'help');

test.each([
  [['compile', 'good.yaml']],
  [['compile', '--config', 'good.yaml']],
  [['compile', '--format', 'nft', 'good.yaml']],
  [['check', 'good.yaml']],
  [['apply', '--dry-run', 'good.yaml']],
  [['facts']],
  [['schema']],
  [['completion', 'fish']],
  [['help', 'model']],
  [['--version']],
  [['help', 'apply']],
])('%j succeeds: exit 0, something on stdout', async (args) => {
  const { exitCode, stdout } = await portfwd(cwd, args);
  expect(exitCode).toBe(0);
  expect(stdout).not.toBe('');
});

test.each(['apply', 'check', 'compile', 'list', 'status'])(
  '%s of a bad file: exit 1, findings on stderr',
  async (command) => {
    const { exitCode, stdout, stderr } = await portfwd(cwd, [command, 'bad.yaml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^bad\.yaml:4:5 forwards\[0\]\.listen: error: .+; .+ \[listen\/port\]\n$/);
  },
);

test('a file that is too large is a finding', async () => {
  const { exitCode, stderr } = await portfwd(cwd, ['compile', 'large.yaml']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('[file/too-large]');
});

test.each([
  [[]],
  [['nope']],
  [['--nope']],
  [['check', '--nope', 'good.yaml']],
  [['check', 'good.yaml', 'bad.yaml']],
  [['compile', '--format', 'xml', 'good.yaml']],
  [['compile', '--format']],
  [['compile', '-o']],
  [['down', 'good.yaml']],
])('%j is wrong usage: exit 2, nothing on stdout', async (args) => {
  const { exitCode, stdout, stderr } = await portfwd(cwd, args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).not.toBe('');
});

test.each(['missing.yaml', '.', 'fifo', '/dev/zero', '/dev/null', 'good.yaml/x', 'looped.yaml'])(
  'the file %s cannot be read: exit 3 in every command',
  async (file) => {
    for (const command of ['check', 'compile', 'apply']) {
      const { exitCode, stdout, stderr } = await portfwd(cwd, [command, file]);
      expect({ command, exitCode, stdout }).toEqual({ command, exitCode: 3, stdout: '' });
      expect(stderr).toMatch(/^portfwd: error: .+; .+ \[config-unreadable\]\n$/);
    }
  },
);

test('a file that cannot be written: exit 3', async () => {
  const { exitCode, stderr } = await portfwd(cwd, ['compile', 'good.yaml', '-o', join(cwd, 'none', 'x')]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('[output-unwritable]');
});

test.each(COMMANDS)('%s --help: exit 0, examples, no line of more than 80 columns', async (command) => {
  const { exitCode, stdout, stderr } = await portfwd(cwd, [command, '--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`\\nExamples:\\n {2}portfwd ${command}`));
});

test('the help has a line for each command, in groups, and examples that begin with the commonest command', () => {
  expect(help.match(/^[A-Z].*:$/gm)).toEqual([
    'Options:',
    'Change the forwards:',
    'Inspect:',
    'Confirm or undo a change:',
    'Load at boot:',
    'Help:',
    'Examples:',
  ]);
  expect(COMMANDS).toHaveLength(29);
  expect(help).toContain('\nExamples:\n  portfwd add 6000 192.168.0.2:5000');
});

/** A terminal of 200 columns. */
const WIDE = `Object.assign(process.stdout, { isTTY: true, columns: 200 }); require('${BUILT}')`;

test.each([['--help'], ['add', '--help']])('%s %s has 80 columns on a wide terminal as well', async (...args) => {
  const { stdout } = await runIn(cwd, process.execPath, ['-e', WIDE, BUILT, ...args]);
  expect(stdout).toBe((await portfwd(cwd, args)).stdout);
  expect(widest(stdout)).toBeLessThanOrEqual(80);
});

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
