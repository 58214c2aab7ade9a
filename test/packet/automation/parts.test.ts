import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MAIN = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000" # main\n';
const SHOP =
  'version: 1\nforwards:\n  # the shop\n  - name: web\n    listen: 8080\n    target: "10.0.0.3:80"\n  - "8081:10.0.0.3:81"\n';
const DNS =
  '{"version": 1, "forwards": [{"name": "dns", "protocol": ["tcp", "udp"], "listen": 53, "target": "10.0.0.4"}]}\n';

let sandbox: Sandbox;
let directory: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  directory = sandbox.file.replace('.yaml', '.d');
  mkdirSync(directory);
  reset();
});
afterAll(async () => sandbox.remove());

const part = (name: string): string => join(directory, name);
const write = (name: string, text: string): void => writeFileSync(part(name), text);
const read = (name: string): string => readFileSync(part(name), 'utf8');

function reset(): void {
  for (const name of readdirSync(directory)) rmSync(part(name));
  sandbox.write(MAIN);
  write('10-shop.yaml', SHOP);
  write('20-dns.json', DNS);
  for (const name of ['.30-new.yaml', '.30-new.yaml.new', '10-shop.yaml~', 'README', '10-shop.yaml.dpkg-old'])
    write(name, '- [');
}

const ok = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await sandbox.portfwd(...args);
  expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
};
const json = async <T = Record<string, unknown>>(...args: readonly string[]): Promise<T> =>
  JSON.parse(await ok(...args, '--json')) as T;
const names = async (): Promise<string[]> =>
  (await json<{ forwards: { name: string }[] }>('list')).forwards.map(({ name }) => name);

test('the files are one model, in the order of their names', async () => {
  expect(await json('apply')).toMatchObject({ changed: true, added: 4, forwards: 4 });
  expect(await names()).toEqual(['tcp-6000', 'web', 'tcp-8081', 'dns']);
  await ok('status');
  expect(await json('apply')).toMatchObject({ changed: false, unchanged: 4 });
});

test('each finding has its own file and line', async () => {
  write('10-shop.yaml', SHOP.replace('8080', '80800').replace('version: 1', 'version: 1\npriority: 3'));
  write('20-dns.json', `${DNS}]`);
  const { exitCode, stderr } = await sandbox.portfwd('check');
  expect(exitCode).toBe(1);
  expect(stderr.split('\n').map((line) => line.replace(`${directory}/`, '').replace(/;.*/, ''))).toEqual([
    '10-shop.yaml:2:1 priority: error: the key priority belongs in the main file',
    '10-shop.yaml:6:13 forwards[0].listen: error: invalid port "80800"',
    expect.stringMatching(/^20-dns\.json:2:1: error: /),
  ]);
  reset();
});

test('what two files say twice names both', async () => {
  write('30-other.yaml', SHOP.replace('8081', '6000').replace('8080', '8082'));
  const { exitCode, stderr } = await sandbox.portfwd('check');
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${part('30-other.yaml')}:4:5 forwards[0]: error: `);
  expect(stderr).toContain(` (see ${part('10-shop.yaml')}:4)`);
  expect(stderr).toContain(`${part('30-other.yaml')}:7:5 forwards[1].listen: error: `);
  expect(stderr).toContain(` (see ${sandbox.file}:4)`);
  reset();
});

test('set, remove and add --replace change the file that has the forward; add --file chooses one', async () => {
  await ok('set', 'web', 'target=10.0.0.9:80');
  expect(read('10-shop.yaml')).toBe(SHOP.replace('"10.0.0.3:80"', '10.0.0.9:80'));
  await ok('add', '--replace', '8080', '10.0.0.3:80');
  await ok('remove', 'dns', 'tcp-8081');
  expect(read('10-shop.yaml')).not.toContain('8081');
  expect(JSON.parse(read('20-dns.json'))).toEqual({ version: 1, forwards: [] });
  await ok('add', '--file', '40-late.yml', '9000', '10.0.0.5');
  expect(read('40-late.yml')).toBe('version: 1\nforwards:\n  - "9000:10.0.0.5"\n');
  await ok('add', '--file', part('10-shop.yaml'), '9001', '10.0.0.5');
  await ok('add', '9002', '10.0.0.5');
  expect(await names()).toEqual(['tcp-6000', 'tcp-9002', 'web', 'tcp-9001', 'tcp-9000']);
  expect(readFileSync(sandbox.file, 'utf8')).toBe(`${MAIN}  - "9002:10.0.0.5"\n`);
  expect(await sandbox.portfwd('add', '--file', '../x.yaml', '9003', '10.0.0.5')).toMatchObject({ exitCode: 2 });
  const edit = await sandbox.run([
    'env',
    'EDITOR=sed -i s/10.0.0.3:80/10.0.0.7:80/',
    ...PORTFWD_COMMAND,
    'edit',
    'web',
  ]);
  expect(edit).toMatchObject({ exitCode: 0 });
  expect(read('10-shop.yaml')).toContain('10.0.0.7:80');
  await ok('status');
});

test('rollback restores all files, and keeps what was never loaded', async () => {
  write('50-never.yaml', SHOP.replace('web', 'never').replace('8080', '7000').replace('8081', '7001'));
  write('60-also.yaml', SHOP.replace('web', 'also').replace('8080', '7002').replace('8081', '7003'));
  const { exitCode, stderr } = await sandbox.portfwd('rollback', '1');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  // Each of them, and only what no generation has.
  expect(stderr.match(/[^ ]* had changes that were never loaded; that version is now .*/g)).toEqual(
    ['50-never.yaml', '60-also.yaml'].map(
      (name) => `${part(name)} had changes that were never loaded; that version is now ${part(name)}.before-rollback`,
    ),
  );
  expect([readFileSync(sandbox.file, 'utf8'), read('10-shop.yaml'), read('20-dns.json')]).toEqual([MAIN, SHOP, DNS]);
  expect(readdirSync(directory).filter((name) => /^[456].*ya?ml$/.test(name))).toEqual([]);
  expect(read('50-never.yaml.before-rollback')).toContain('never');
  expect(read('60-also.yaml.before-rollback')).toContain('also');
  await ok('status');
});

test('an edit of another program in any of the files is not lost', async () => {
  const apply = sandbox.start(['set', 'web', 'target=10.0.0.8:80', '--confirm', '60']);
  await apply.waitForOutput('reverting');
  write('10-shop.yaml', `${SHOP}# by hand\n`);
  expect(await sandbox.portfwd('confirm')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('[config-changed]'),
  });
  await ok('rollback');
  await apply.ended;
  expect(read('10-shop.yaml')).toBe(`${SHOP}# by hand\n`);
  await ok('apply');
  await ok('set', 'web', 'target=10.0.0.8:80', '--confirm', '60', '--detach');
  expect(read('10-shop.yaml')).toBe(`${SHOP}# by hand\n`);
  await ok('confirm');
  expect(read('10-shop.yaml')).toContain('10.0.0.8:80');
  await ok('status');
});

test('an empty directory, and none, are the main file alone', async () => {
  rmSync(directory, { recursive: true });
  expect(await json('apply')).toMatchObject({ forwards: 1, removed: 3 });
  expect(existsSync(directory)).toBe(false);
  mkdirSync(directory);
  expect(await json('apply')).toMatchObject({ changed: false });
});

test('without the main file, every command says so, and none writes one that hides the other files', async () => {
  reset();
  rmSync(sandbox.file);
  for (const args of [
    ['add', '9000', '10.0.0.5'],
    ['set', 'web', 'enabled=false'],
    ['rollback', '1'],
    ['apply'],
    ['list'],
    ['plan'],
  ])
    expect(await sandbox.portfwd(...args)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(
        `${sandbox.file} does not exist, but ${directory} has files that belong to it; create it with portfwd init`,
      ),
    });
  expect(existsSync(sandbox.file)).toBe(false);
  await ok('init');
  expect(await names()).toEqual(['example', 'web', 'tcp-8081', 'dns']);
});
