import { afterAll, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, portfwd, runIn } from '../support/portfwd.ts';

const ODD = '\u001b[2Jred\u001b[31m\u202e\u009b1m\nforged\u2028x\u001b[0m';
const entry = { version: 1, time: ODD, user: ODD, command: ODD, file: `/${ODD}`, marker: ODD, forwards: 1 };

const { path: cwd, remove } = directoryWith({
  'good.yaml': GOOD,
  'everywhere.yaml': GOOD.replace('192.0.2.1:', ''),
  'entry.json': JSON.stringify(entry),
});
afterAll(remove);

/** A control character that is not a line break, one that changes the direction of the text, or a line that the argument makes. */
const RAW = /[^\n\P{Cc}]|[\p{Cf}\u2028]|^\W*forged/mu;

const MAKE_STATE =
  'mkdir -m 700 state state/history; for end in json yaml; do cp entry.json state/history/000001.$end; done; chmod 600 state/history/*';

test('what the history holds is escaped, as text and as JSON', async () => {
  await runIn(cwd, 'sh', ['-ec', MAKE_STATE]);
  const text = await portfwd(cwd, ['history', '--state-dir', 'state']);
  expect(text.exitCode).toBe(0);
  expect(text.stdout.split('\n')).toHaveLength(3);
  expect(text.stdout).not.toMatch(RAW);
  const json = await portfwd(cwd, ['history', '--json', '--state-dir', 'state']);
  expect(json.stdout).not.toMatch(RAW);
  expect(JSON.parse(json.stdout)).toMatchObject({ generations: [{ command: ODD, user: ODD, time: ODD }] });
});

test.each([
  ['explain', 'good.yaml', '--to', '192.0.2.1:6000', '--interface', ODD],
  ['explain', `${ODD}.yaml`, '--to', '192.0.2.1:6000'],
  ['explain', 'good.yaml', '--to', ODD],
  ['list', ODD, '--config', 'good.yaml'],
  ['check', 'good.yaml', '--host-facts', ODD],
  ['status', '--state-dir', `good.yaml/${ODD}`],
  ['add', ODD, '192.0.2.7:5000', '--config', 'good.yaml'],
  ['add', '7000', '192.0.2.7:5000', '--config', ODD],
  ['rollback', ODD],
  [ODD],
  ['help', ODD],
  [`--${ODD}`],
  [`-${ODD}`],
  ['check', `--${ODD}`],
  ['add', '6000', ODD, ODD, ODD],
  ['set', 'web', ODD],
  ['set', ODD, 'listen=1', '--config', 'good.yaml'],
  ['remove', ODD, '--config', 'good.yaml'],
  ['apply', '--confirm', ODD],
  ['apply', ODD],
  ['plan', ODD],
  ['diff', ODD],
  ['diff', `a\n\u001b[31mforged.yaml`, '1', '2'],
  ['history', ODD],
  ['confirm', ODD],
  ['down', ODD],
  ['revert-expired', ODD],
  ['revert-pending', ODD],
  ['disable', ODD],
  ['enable', '--root', ODD],
  ['facts', ODD],
  ['stats', ODD, '--config', 'good.yaml'],
  ['stats', '--rate', ODD],
  ['trace', '--count', ODD],
  ['explain', 'good.yaml', '--protocol', ODD, '--to', '192.0.2.1:6000'],
  ['compile', '--format', ODD],
  ['compile', 'good.yaml', '-o', `good.yaml/${ODD}`],
  ['check', `good.yaml/${ODD}`],
  ['compile', 'good.yaml', '-o', `/nope/${ODD}`],
])('arguments are escaped: %j', async (...args) => {
  for (const more of [[], ['--json']]) {
    const { exitCode, stdout, stderr } = await portfwd(cwd, [...args, ...more]);
    expect(exitCode).not.toBe(70);
    expect(stdout + stderr).not.toMatch(RAW);
  }
});

test('explain names a file with an odd name without its control characters', async () => {
  await runIn(cwd, 'cp', ['everywhere.yaml', `${ODD}.yaml`]);
  const ends = ['--to', '127.0.0.1:6000'];
  const { stdout } = await portfwd(cwd, ['explain', `${ODD}.yaml`, ...ends]);
  expect(stdout).toContain('\\u001b[2Jred');
  expect(stdout).not.toMatch(RAW);
});

test.each(['>&-', '2>&-', '>&- 2>&-', '2>/dev/full', '2>&1 | true', '<&- >&- 2>&-'])(
  'the exit code is the same with %s',
  async (redirection) => {
    for (const [args, exit] of [
      ['check good.yaml', 0],
      ['compile good.yaml -o out.json', 0],
      ['check nope.yaml', 3],
      ['check --nope', 2],
    ] as const) {
      const script = `{ "$0" "$1" ${args}; echo $? >exit; } ${redirection}; echo; tail -n 1 exit`;
      const { stdout } = await runIn(cwd, 'sh', ['-c', script, process.execPath, BUILT]);
      expect({ args, exit: Number(stdout.trim().split('\n').at(-1)) }).toEqual({ args, exit });
    }
  },
);
