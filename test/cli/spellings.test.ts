import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { directoryWith, GOOD, portfwd } from '../support/portfwd.ts';

const WEB = `${GOOD}  - {name: web, listen: "192.0.2.1:80", target: 192.0.2.8}\n`;
const { path: cwd, remove } = directoryWith({
  'good.yaml': GOOD,
  'web.yaml': WEB,
  'none.yaml': 'version: 1\nforwards: []\n',
});
afterAll(remove);

const run = async (...args: readonly string[]) => portfwd(cwd, args, { PORTFWD_CONFIG: join(cwd, 'web.yaml') });
const errorOf = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stderr } = await run(...args);
  expect(exitCode).toBe(2);
  return stderr;
};

describe('the command of another program', () => {
  test.each([
    [['reload'], 'portfwd apply'],
    [['up'], 'portfwd apply'],
    [['rm', 'web'], 'portfwd remove web'],
    [['delete', 'web', '203.0.113.1:53'], 'portfwd remove web 203.0.113.1:53'],
    [['ls'], 'portfwd list'],
    [['show', 'web'], 'portfwd list web'],
    [['validate', 'good.yaml'], 'portfwd check good.yaml'],
    [['flush'], 'portfwd down'],
    [['undo'], 'portfwd rollback'],
    [['publish', '6000', '[::1]:80'], "portfwd add 6000 '[::1]:80'"],
    [['Reload'], 'portfwd apply'],
    [['version'], 'portfwd --version'],
  ])('%j', async (args, meant) => {
    expect(await errorOf(...args)).toBe(`error: unknown command '${args[0] ?? ''}'; write: ${meant}\n`);
  });

  test('a word that means nothing, and one that is misspelled', async () => {
    expect(await errorOf('nonsense')).toBe("error: unknown command 'nonsense'\n");
    expect(await errorOf('aply')).toContain('Did you mean apply?');
    expect(await errorOf('rm', '--force', 'web')).toContain('; write: portfwd remove\n');
  });

  test.each([
    [['apply', '--timeout', '60'], '--confirm'],
    [['add', '--proto', 'udp', '6000', '10.0.0.2'], '--protocol'],
    [['add', '--source', '192.0.2.1', '6000', '10.0.0.2'], '--from'],
    [['add', '--iface', 'eth0', '6000', '10.0.0.2'], '--interface'],
    [['check', '--file', 'x'], '--config'],
  ])('the option of %j', async (args, meant) => {
    expect(await errorOf(...args)).toMatch(new RegExp(`^error: unknown option '--[a-z]+'; write: ${meant}\n$`));
  });

  test('an option that the command does not have is not suggested', async () => {
    expect(await errorOf('check', '--timeout', '60')).not.toContain('--confirm');
  });
});

describe('add', () => {
  const file = join(cwd, 'new.yaml');
  const dry = async (...args: readonly string[]) => run('add', '--dry-run', '--config', file, ...args);

  test.each([
    [['tcp', '6000', '10.0.0.2:5000'], 'portfwd add 6000 10.0.0.2:5000 --protocol tcp'],
    [['6000', 'to', '10.0.0.2:5000'], 'portfwd add 6000 10.0.0.2:5000'],
    [['web', '6000', '10.0.0.2:5000'], 'portfwd add 6000 10.0.0.2:5000 --name web'],
    [['6000', '->', '10.0.0.2:5000'], 'portfwd add 6000 10.0.0.2:5000'],
  ])('with too many words: %j', async (args, meant) => {
    expect(await errorOf('add', ...args)).toContain(`; write: ${meant}\n`);
  });

  test('without a target', async () => {
    expect(await errorOf('add', '6000')).toBe('error: no target; write: portfwd add 6000 192.168.0.2:5000\n');
    expect(await errorOf('add', '8080:80')).toContain('write 8080:192.168.0.2:80');
    expect(await errorOf('add', '53:10.0.0.2/udp', '--protocol', 'tcp')).toContain('omit --protocol');
  });

  test.each([
    [['6000:192.0.2.7:5000'], /1 forward would be loaded/],
    [['53:192.0.2.7:53/UDP', '--name', 'dns'], /1 forward would be loaded/],
    [['80,443', '192.0.2.7'], /1 forward would be loaded/],
    [['80/udp', '192.0.2.7', '--from', '192.0.2.1-192.0.2.9'], /1 forward would be loaded/],
    [['53', '192.0.2.7', '--protocol', 'TCP/UDP', '--confirm', '5m'], /1 forward would be loaded/],
  ])('%j is accepted', async (args, said) => {
    const { stdout, stderr } = await dry('--enable-forwarding', ...args);
    expect(`${stdout}${stderr}`).toMatch(said);
  });
});

test.each(['5m', '5 min', '1h', '90s', '1m30s', '60', '2minutes', '24h', '1 hour'])(
  '--confirm %s is a time',
  async (time) => {
    const { exitCode, stderr } = await run('apply', '--dry-run', '--confirm', time, 'none.yaml');
    expect({ exitCode, stderr: stderr.includes('--confirm') }).toEqual({ exitCode: 0, stderr: false });
  },
);

test.each(['', '0', '0m', '-5', '25h', '5x', 'm', 'h', '86401', '1.5m', '5m5m'])(
  '--confirm %j is not',
  async (time) => {
    expect(await errorOf('apply', '--dry-run', `--confirm=${time}`, 'none.yaml')).toContain(
      'a time such as 60s, 5m or 1h',
    );
  },
);

describe('list', () => {
  test.each([
    [[], ['tcp-192.0.2.1-6000', 'web']],
    [['web'], ['web']],
    [['192.0.2.1:6000'], ['tcp-192.0.2.1-6000']],
    [['good.yaml'], ['tcp-192.0.2.1-6000']],
  ])('%j', async (args, listed) => {
    const { exitCode, stdout } = await run('list', ...args);
    expect({ exitCode, names: names(stdout) }).toEqual({ exitCode: 0, names: listed });
  });

  test('a directory with the name of a forward is not in the way', async () => {
    mkdirSync(join(cwd, 'web'));
    const { exitCode, stdout } = await run('list', 'web');
    rmdirSync(join(cwd, 'web'));
    expect({ exitCode, names: names(stdout) }).toEqual({ exitCode: 0, names: ['web'] });
  });

  test('a word that is neither a file nor a forward', async () => {
    const { exitCode, stderr } = await run('list', 'shop');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/"shop" is neither a file nor a forward in .*; name one of these: .*web.* \[no-forward\]/);
  });

  test('on a fresh host it says how to make the first forward', async () => {
    const fresh = { PORTFWD_CONFIG: join(cwd, 'fresh.yaml') };
    const { exitCode, stderr } = await portfwd(cwd, ['list'], fresh);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('; make the first one: portfwd add 6000 192.168.0.2:5000 [config-unreadable]');
    const named = await portfwd(cwd, ['list', '--config', 'other.yaml']);
    expect(named.stderr).toContain('portfwd add 6000 192.168.0.2:5000 --config other.yaml');
    expect((await portfwd(cwd, ['list', 'none.yaml'])).stderr).toContain('no forwards yet; add one: portfwd add');
  });
});

test('the name of a forward where a file is expected', async () => {
  expect((await run('apply', '--dry-run', 'web')).stderr).toContain('for the forward web, run portfwd list web');
});

describe('explain', () => {
  test('a destination without --to', async () => {
    expect(await errorOf('explain', '192.0.2.1:80')).toContain('; write: portfwd explain --to 192.0.2.1:80\n');
  });

  test.each([
    ['localhost:80', '127.0.0.1'],
    ['LOCALHOST:80', '127.0.0.1'],
  ])('--to %s', async (to, address) => {
    const { stdout } = await run('explain', '--to', to);
    expect(stdout).toContain(`${address}:80`);
  });

  test('localhost of an IPv6 client is ::1', async () => {
    expect((await run('explain', '--from', '::1', '--to', 'localhost:80')).stdout).toContain('[::1]:80');
  });

  test('--from localhost, and the protocol in capitals', async () => {
    const { stdout } = await run('explain', '--from', 'localhost', '--to', '127.0.0.1:80', '--protocol', 'UDP');
    expect(stdout).toContain('udp');
  });

  test.each([
    ['80', /write --to 127\.0\.0\.1:80/],
    [':80', /write --to 127\.0\.0\.1:80/],
    ['192.0.2.1:53/udp', /write --to 192\.0\.2\.1:53 --protocol udp/],
    ['192.0.2.1', /write it like 192\.0\.2\.1:6000/],
  ])('--to %s', async (to, remedy) => {
    expect(await errorOf('explain', '--to', to)).toMatch(remedy);
  });
});

const names = (stdout: string): string[] =>
  stdout
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(' ')[0] ?? '');
