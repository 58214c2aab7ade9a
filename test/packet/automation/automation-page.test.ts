import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';
const PAGE = readFileSync('docs/automation.md', 'utf8');

let sandbox: Sandbox;
let programs: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  programs = join(sandbox.directory, 'bin');
  mkdirSync(programs);
  const words = PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ');
  script(join(programs, 'portfwd'), `#!/bin/sh\nexec ${words} "$@"\n`);
});
afterAll(async () => sandbox.remove());

function script(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** The code of one language below a heading. */
function blocks(heading: string, language: string): string[] {
  const section = PAGE.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , text = '']) => text);
}

const sh = async (text: string) =>
  sandbox.run(['env', `PATH=${programs}:${process.env['PATH'] ?? ''}`, 'sh', '-ec', text]);

test('the script applies once, then has nothing to do, and stops at errors', async () => {
  const [plan = '', add = ''] = blocks('In a script', 'sh');
  sandbox.write(MODEL);
  expect(await sh(plan)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 forward loaded') });
  expect(await sh(plan)).toMatchObject({ exitCode: 0, stdout: 'nothing would change\nnothing to do' });
  sandbox.write('- [');
  expect(await sh(plan)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the file has errors') });
  sandbox.write(MODEL);
  expect((await sh(add)).stdout).toContain('+1 ~0 -0');
  expect((await sh(add)).stdout).toContain('nothing to change');
});

test('a change is confirmed over another connection', async () => {
  sandbox.write(MODEL.replace('5000', '5001'));
  expect(await sh(blocks('If the change may cut you off', 'sh').join(''))).toMatchObject({ exitCode: 0 });
  expect(await sh('portfwd confirm')).toMatchObject({ exitCode: 0 });
});

test('the digest of the file is expected', async () => {
  const expects = blocks('Which version a host has', 'sh').join('');
  expect(await sh(expects)).toMatchObject({ exitCode: 0 });
  sandbox.write(MODEL.replace('5000', '5002'));
  expect(await sh(expects)).toMatchObject({ exitCode: 1 });
});

test('the file of cloud-init has no errors, and its commands exist', async () => {
  const { write_files: files, runcmd } = parse(blocks('cloud-init', 'yaml').join('')) as {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
    readonly runcmd: readonly (readonly string[])[];
  };
  expect(files.map(({ path }) => path)).toEqual(['/etc/portfwd/portfwd.yaml']);
  sandbox.write(files[0]?.content ?? '');
  expect(await sh('portfwd check')).toMatchObject({ exitCode: 0 });
  expect(runcmd).toEqual([
    ['portfwd', 'apply'],
    ['portfwd', 'enable'],
  ]);
});

test('systemd accepts the units', async () => {
  const names = ['portfwd-apply.path', 'portfwd-apply.service'];
  const units = blocks('systemd: apply when the file changes', 'ini');
  expect(units).toHaveLength(2);
  const directory = join(sandbox.directory, 'units');
  mkdirSync(directory);
  for (const [index, name] of names.entries())
    writeFileSync(join(directory, name), (units[index] ?? '').replace('/usr/bin/portfwd', join(programs, 'portfwd')));
  const run = await sandbox.run([
    'systemd-analyze',
    'verify',
    '--man=no',
    ...names.map((name) => join(directory, name)),
  ]);
  expect(`${run.stdout}${run.stderr}`).not.toContain('portfwd-apply');
});

test('the hooks of git refuse errors, and load what is pushed', async () => {
  const [refuse = '', load = ''] = blocks('git', 'sh');
  const bare = join(sandbox.directory, 'gateway.git');
  const work = join(sandbox.directory, 'work');
  const push = (model: string): string => `cd '${work}' && printf %s '${model}' >portfwd.yaml && git add . &&
    git -c user.name=x -c user.email=x@localhost commit -qm x && git push -q origin HEAD:main`;
  await sh(
    `git init -q --bare -b main '${bare}' && git init -q -b main '${work}' && git -C '${work}' remote add origin '${bare}'`,
  );
  script(join(bare, 'hooks', 'pre-receive'), refuse);
  script(join(bare, 'hooks', 'post-receive'), load);
  expect(await sh(push(MODEL.replace('6000', '7000')))).toMatchObject({ exitCode: 0 });
  const commit = (await sh(`git -C '${bare}' rev-parse main`)).stdout.trim();
  expect((await sh('portfwd history')).stdout).toContain(commit);
  expect((await sandbox.run(['nft', 'list', 'table', 'inet', 'portfwd'])).stdout).toContain('7000');
  const wrong = await sh(push(MODEL.replace('6000', '70000')));
  expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('<standard input>:4:5') });
  expect((await sh(`git -C '${bare}' rev-parse main`)).stdout.trim()).toBe(commit);
});
