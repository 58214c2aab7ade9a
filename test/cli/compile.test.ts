import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, portfwd, runIn } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({ 'good.yaml': GOOD, 'bad.yaml': GOOD.replace('6000', '0') });
afterAll(remove);

test('stdout is the ruleset and nothing else; what was left out is said on stderr', async () => {
  const { stdout, stderr } = await portfwd(cwd, ['compile', 'good.yaml']);
  expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['nftables']);
  expect(stderr).toMatch(/^good\.yaml:1:1: note: .+ \[host\/facts-unknown\]\n$/);
});

test('nft text can be asked for', async () => {
  const { stdout } = await portfwd(cwd, ['compile', '--format', 'nft', 'good.yaml']);
  expect(stdout.startsWith('table inet portfwd\ndelete table inet portfwd\ntable inet portfwd {\n')).toBe(true);
});

test('the same file gives the same bytes', async () => {
  const [first, second] = [
    await portfwd(cwd, ['compile', 'good.yaml']),
    await portfwd('/', ['compile', join(cwd, 'good.yaml')]),
  ];
  expect(first.stdout).toBe(second.stdout);
});

test('the file is named by an argument, --config or PORTFWD_CONFIG, in this order', async () => {
  const env = { PORTFWD_CONFIG: 'bad.yaml' };
  const runs = [
    await portfwd(cwd, ['compile'], env),
    await portfwd(cwd, ['compile', '--config', 'good.yaml'], env),
    await portfwd(cwd, ['compile', '--config', 'bad.yaml', 'good.yaml'], env),
  ];
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 0, 0]);
});

test('without any, it is /etc/portfwd/portfwd.yaml', async () => {
  const { stdout } = await portfwd(cwd, ['compile', '--help']);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('$PORTFWD_CONFIG or /etc/portfwd/portfwd.yaml');
});

test('-o writes what stdout would hold, and leaves nothing else behind', async () => {
  const { stdout: printed } = await portfwd(cwd, ['compile', 'good.yaml']);
  writeFileSync(join(cwd, 'out.json'), 'something longer than nothing');
  const { stdout, exitCode } = await portfwd(cwd, ['compile', 'good.yaml', '-o', 'out.json']);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
  expect(readFileSync(join(cwd, 'out.json'), 'utf8')).toBe(printed);
  expect(readdirSync(cwd).sort()).toEqual(['bad.yaml', 'good.yaml', 'out.json']);
});

test('-o keeps owner and mode of what is there, through a link too, and devices and pipes what they are', async () => {
  const { stdout: printed } = await portfwd(cwd, ['compile', 'good.yaml']);
  writeFileSync(join(cwd, 'mine'), 'before');
  chmodSync(join(cwd, 'mine'), 0o640);
  symlinkSync('mine', join(cwd, 'link'));
  await portfwd(cwd, ['compile', 'good.yaml', '-o', 'link']);
  expect(lstatSync(join(cwd, 'link')).isSymbolicLink()).toBe(true);
  expect(statSync(join(cwd, 'mine')).mode & 0o777).toBe(0o640);
  expect(readFileSync(join(cwd, 'mine'), 'utf8')).toBe(printed);
  const read = 'mkfifo pipe && { cat pipe & "$NODE" "$BUILT" compile good.yaml -o pipe; wait; [ -p pipe ]; }';
  const piped = await runIn(cwd, 'sh', ['-c', read], { NODE: process.execPath, BUILT });
  expect(piped).toMatchObject({ exitCode: 0, stdout: printed });
  for (const name of ['mine', 'link', 'pipe']) rmSync(join(cwd, name));
});

test('-o does not overwrite the file with the forwards, under any name', async () => {
  symlinkSync('good.yaml', join(cwd, 'alias'));
  const { exitCode, stderr } = await portfwd(cwd, ['compile', 'good.yaml', '-o', 'alias']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 3,
    stderr: expect.stringMatching('alias is the file with the forwards'),
  });
  expect(readFileSync(join(cwd, 'good.yaml'), 'utf8')).toBe(GOOD);
  rmSync(join(cwd, 'alias'));
});

test('-o of a bad file leaves what is there', async () => {
  writeFileSync(join(cwd, 'out.json'), 'before');
  expect((await portfwd(cwd, ['compile', 'bad.yaml', '-o', 'out.json'])).exitCode).toBe(1);
  expect(readFileSync(join(cwd, 'out.json'), 'utf8')).toBe('before');
});

test('what facts prints is taken as host facts', async () => {
  const { stdout } = await portfwd(cwd, ['facts']);
  writeFileSync(join(cwd, 'facts.json'), stdout);
  const { exitCode, stderr } = await portfwd(cwd, ['compile', '--host-facts', 'facts.json', 'good.yaml']);
  expect(exitCode).toBe(0);
  expect(stderr).not.toContain('host/facts-unknown');
});

test('host facts that are none are refused', async () => {
  const { exitCode, stderr } = await portfwd(cwd, ['compile', '--host-facts', 'good.yaml', 'good.yaml']);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('does not contain host facts');
});
