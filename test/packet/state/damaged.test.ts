import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';
import { until } from '../lab/until.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  sandbox.write(MODEL.replace('6000', '6001'));
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
});
afterEach(async () => sandbox.remove());

const text =
  (content: string) =>
  (path: string): void =>
    writeFileSync(path, content, { mode: 0o600 });

const DAMAGE: Readonly<Record<string, (path: string) => unknown>> = {
  empty: text(''),
  newer: text('{"version":9}'),
  'without keys': text('{"version":1}'),
  'a directory': (path) => mkdirSync(path),
  'a pipe': async (path) => sandbox.run(['mkfifo', '-m', '600', path]),
};

/** scripts/faults tries all. */
const all = process.env['PORTFWD_FAULTS_EVERY'] === '1';

/** Two of them for each file, others for the next. */
const damagesOf = (index: number): readonly (readonly [string, (path: string) => unknown])[] =>
  Object.entries(DAMAGE).filter((_, number) => all || (index + number) % 3 === 0);

const SOME = Object.keys(DAMAGE).filter((how) => all || ['newer', 'a pipe'].includes(how));

const FILES = [
  'applied.json',
  'boot.json',
  'enabled',
  'history/000001.json',
  'history/000002.json',
  'history/000002.yaml',
  'lock',
  'sysctls',
  'window.json',
  'windows.json',
];

/** The exit code; `hangs` after twenty seconds. */
async function tried(...args: readonly string[]): Promise<{ readonly exit: number | string; readonly stderr: string }> {
  const timeout = ['timeout', '-s', 'KILL', '20', process.execPath, DIST];
  const { exitCode = 'hangs', stderr } = await sandbox.run([...timeout, ...args]);
  return { exit: exitCode === 137 ? 'hangs' : exitCode, stderr };
}
const DIST = new URL('../../../dist/portfwd.js', import.meta.url).pathname;

test.each(FILES)('%s is damaged: every command works, or says how to go on', async (name) => {
  const path = join(sandbox.state, name);
  const copy = join(sandbox.directory, 'copy');
  cpSync(sandbox.state, copy, { recursive: true });
  for (const [how, damage] of damagesOf(FILES.indexOf(name))) {
    rmSync(path, { recursive: true, force: true });
    await damage(path);
    for (const command of name.startsWith('history') ? ['history', 'apply'] : ['apply']) {
      const { exit, stderr } = await tried(command);
      expect({ how, command, exit, stderr }).toMatchObject({
        exit: expect.toSatisfy((code) => [0, 1, 3].includes(code)),
      });
      if (exit === 3) expect(stderr).toContain(path);
      expect(stderr).not.toMatch(/[^\n\P{Cc}]/u);
    }
    rmSync(sandbox.state, { recursive: true });
    cpSync(copy, sandbox.state, { recursive: true });
  }
});

test.each(['boot.json', 'history/000001.json', 'window.json', 'lock'])(
  'the command that the message on %s names puts the file out of the way',
  async (name) => {
    for (const how of ['without keys', 'a pipe', 'a directory'].filter(
      (one) => name !== 'lock' || one.startsWith('a '),
    )) {
      const path = join(sandbox.state, name);
      rmSync(path, { recursive: true, force: true });
      await DAMAGE[how]?.(path);
      const command = name.startsWith('history') ? 'history' : 'apply';
      const { exit, stderr } = await tried(command);
      expect({ how, exit }).toEqual({ how, exit: 3 });
      const [remedy = ''] = /mv -n \S+ \S+\.old/.exec(stderr) ?? [];
      expect(await sandbox.run(['sh', '-c', remedy])).toMatchObject({ exitCode: 0 });
      rmSync(`${path}.old`, { recursive: true });
      expect({ how, ...(await tried(command)) }).toMatchObject({ how, exit: 0 });
    }
  },
);

test.each(['applied.json', 'enabled', 'sysctls', 'windows.json'])(
  '%s is damaged: a command says so once and goes on, and the command in its message helps',
  async (name) => {
    const path = join(sandbox.state, name);
    for (const damage of ['x', name.endsWith('.json') ? '{"version":1}' : 'x y z']) {
      writeFileSync(path, damage, { mode: 0o600 });
      const { exit, stderr } = await tried('status');
      expect({ exit, stderr }).toMatchObject({ exit: expect.toSatisfy((code) => [0, 1].includes(code)) });
      expect(stderr.split('\n').filter((line) => line.includes(path))).toEqual([
        expect.stringMatching(/^portfwd: warning: \S+ is damaged: it does not say .*; .* \[state-directory\]$/),
      ]);
      const [remedy = ''] = /mv -n \S+ \S+\.old/.exec(stderr) ?? [];
      expect(await sandbox.run(['sh', '-c', remedy])).toMatchObject({ exitCode: 0 });
      expect((await tried('status')).stderr).toBe('');
      rmSync(`${path}.old`, { force: true });
    }
    if (!name.endsWith('.json')) return;
    writeFileSync(path, 'x\n', { mode: 0o600 });
    expect(await tried('down', '--purge')).toMatchObject({ exit: 0 });
    expect(existsSync(path)).toBe(false);
  },
);

/** As `enable` writes it. */
const enabledHere = async () =>
  sandbox.run([
    'sh',
    '-c',
    `umask 077; echo "$(cat /proc/sys/kernel/random/boot_id) $(readlink /proc/self/ns/net)" >${join(sandbox.state, 'enabled')}`,
  ]);

const ROUTING = MODEL.replace('ignore', 'enable');

test.each([
  'boot.json',
  'sysctls',
  'applied.json',
  'enabled',
  'windows.json',
  'history/000001.json',
  'window.json',
  'lock',
])('down removes the table and says it if %s is damaged', async (name) => {
  const path = join(sandbox.state, name);
  for (const [, damage] of damagesOf(FILES.indexOf(name))) {
    sandbox.write(ROUTING);
    expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
    await enabledHere();
    rmSync(path, { recursive: true, force: true });
    await damage(path);
    const { exit, stderr } = await tried('down');
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    if (['boot.json', 'applied.json', 'window.json'].includes(name)) expect(stderr).toContain(path);
    expect(await sandbox.seen()).toMatchObject({ ruleset: '', forwarding: '0' });
    rmSync(path, { recursive: true, force: true });
  }
});

test.each(SOME)('a change is reverted although boot.json is damaged: %s', async (how) => {
  const before = await sandbox.seen();
  sandbox.write(ROUTING.replace('6000', '6002'));
  expect(await sandbox.start(['apply', '--confirm', '600']).waitForOutput('reverting in')).toBeUndefined();
  await enabledHere();
  await DAMAGE[how]?.(join(sandbox.state, 'boot.json'));
  expect(await sandbox.portfwd('rollback')).toMatchObject({ exitCode: 0 });
  expect(await sandbox.seen()).toMatchObject({ ruleset: before.ruleset, forwarding: '0' });
});

test.each(SOME)('a change whose run was killed is reverted although its record is damaged: %s', async (how) => {
  const before = await sandbox.seen();
  sandbox.write(ROUTING.replace('6000', '6002'));
  const waiting = sandbox.start(['apply', '--confirm', '5']);
  await waiting.waitForOutput('reverting in');
  process.kill(waiting.pid, 'SIGKILL');
  for (const name of ['window.json', 'windows.json', 'revert.deadline']) {
    rmSync(join(sandbox.state, name), { force: true });
    await DAMAGE[how]?.(join(sandbox.state, name));
  }
  await until('the change is reverted', async () => (await sandbox.seen()).ruleset === before.ruleset);
  expect(await sandbox.seen()).toMatchObject({ forwarding: '0' });
});

test.each(SOME)('what down removed does not come back from a damaged window: %s', async (how) => {
  sandbox.write(ROUTING.replace('6000', '6002'));
  const waiting = sandbox.start(['apply', '--confirm', '5']);
  await waiting.waitForOutput('reverting in');
  const path = join(sandbox.state, 'window.json');
  rmSync(path);
  await DAMAGE[how]?.(path);
  const { exit, stderr } = await tried('down');
  expect({ exit, stderr }).toMatchObject({ exit: 0, stderr: expect.stringContaining(path) });
  expect(await sandbox.seen()).toMatchObject({ ruleset: '', forwarding: '0' });
  await waiting.ended;
  await until('the rollback timer ends', async () => {
    const { stdout } = await sandbox.run(['pgrep', '-f', join(sandbox.state, 'revert.sh')]);
    return stdout === '';
  });
  expect(await sandbox.seen()).toMatchObject({ ruleset: '', forwarding: '0' });
});

test('what is in the way of a file that is moved away is not overwritten', async () => {
  const path = join(sandbox.state, 'boot.json');
  writeFileSync(`${path}.old`, 'precious');
  writeFileSync(path, '{}', { mode: 0o600 });
  const [remedy = ''] = /mv -n [^)]*/.exec((await tried('apply')).stderr) ?? [];
  expect(await sandbox.run(['sh', '-c', remedy])).toMatchObject({ exitCode: 0 });
  expect(readFileSync(`${path}.old`, 'utf8')).toBe('precious');
  expect(await tried('apply')).toMatchObject({ exit: 0 });
});

test('a generation without some keys is left out, and the others are listed', async () => {
  writeFileSync(join(sandbox.state, 'history/000001.json'), '{"version":1,"time":"","command":"apply"}');
  const { exitCode, stdout, stderr } = await sandbox.portfwd('history');
  expect(stdout).toMatch(/\n2 .* \(loaded\)$/);
  expect(stderr).toMatch(/history\/000001\.json is damaged: generation 1 is left out; .* \[state-directory\]$/);
  expect(exitCode).toBe(3);
  const { stdout: json } = await sandbox.portfwd('history', '--json');
  expect(JSON.parse(json)).toMatchObject({ generations: [{ number: 2 }] });
});

test('names that a newer portfwd or a person gave to files of the history are not generations', async () => {
  for (const name of ['1.json', '99999999999999999999999.json', '000003.json.old', 'x.json'])
    writeFileSync(join(sandbox.state, 'history', name), '{}');
  expect(await sandbox.portfwd('history')).toMatchObject({ exitCode: 0, stderr: '' });
});
