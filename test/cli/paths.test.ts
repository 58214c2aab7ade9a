import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, portfwd, runIn } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({ 'good.yaml': GOOD, file: '' });
beforeAll(() => {
  symlinkSync('loop', `${cwd}/loop`);
  symlinkSync('file', `${cwd}/link`);
  mkdirSync(`${cwd}/closed`);
  mkdirSync(`${cwd}/closed/below`, { mode: 0o700 });
  execFileSync('sh', ['-c', 'mkfifo "$0"', `${cwd}/pipe`]);
});
afterAll(remove);

const LONG = 'x'.repeat(300);

const COMMANDS = [
  ['list'],
  ['list', 'web'],
  ['add', '6000', '192.0.2.7:5000'],
  ['remove', 'web'],
  ['set', 'web', 'listen=6001'],
  ['edit'],
  ['check'],
  ['facts'],
];

const PATHS = {
  ENOTDIR: 'file/x',
  'ENOTDIR through a link': 'link/below/x',
  ELOOP: 'loop/x',
  ENAMETOOLONG: `${LONG}/x`,
};
const WHY: Readonly<Record<string, RegExp>> = {
  ENOTDIR: /\/file is not a directory, ENOTDIR\); name the right file with --config \[/,
  'ENOTDIR through a link': /\/link is not a directory, ENOTDIR\); name the right file with --config \[/,
  ELOOP: /\/loop is a symbolic link that points back to itself, ELOOP\); name the right file with --config \[/,
  ENAMETOOLONG: /\(it, or a name in it, is too long, ENAMETOOLONG\); name the right file with --config \[/,
};

test.each(Object.entries(PATHS))('every command says what is wrong with the path: %s', async (kind, path) => {
  const results = await Promise.all(
    COMMANDS.map(async (args) => ({
      args,
      ...(await portfwd(cwd, [...args, '--config', path], { EDITOR: 'true' })),
    })),
  );
  for (const { args, exitCode, stderr } of results)
    expect({ args, exitCode, stderr }).toEqual({ args, exitCode: 3, stderr: expect.stringMatching(WHY[kind] ?? /^$/) });
});

test('a directory that the user cannot enter is named', async () => {
  chmodSync(`${cwd}/closed`, 0);
  // Root can enter it.
  const user =
    process.getuid?.() === 0 ? ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] : ['env'];
  const [program, ...words] = [...user, process.execPath, BUILT];
  for (const args of COMMANDS.slice(0, 4)) {
    const { exitCode, stderr } = await runIn(cwd, program, [...words, ...args, '--config', 'closed/below/x']);
    expect({ args, exitCode, stderr }).toEqual({
      args,
      exitCode: 3,
      stderr: expect.stringMatching(/this user cannot enter \S+\/closed, EACCES\)/),
    });
  }
  chmodSync(`${cwd}/closed`, 0o700);
});

test.each(Object.entries(PATHS))('compile -o says what is wrong with the path: %s', async (kind, path) => {
  const { exitCode, stderr } = await portfwd(cwd, ['compile', 'good.yaml', '-o', path]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringContaining(kind.split(' ')[0] ?? '') });
  expect(stderr).toContain('[output-unwritable]');
});

const compile = `timeout -s KILL 20 "$0" "$1" compile good.yaml`;
const shell = async (script: string) => runIn(cwd, 'bash', ['-c', script, process.execPath, BUILT]);

test('compile -o refuses a pipe that no program reads from, and does not wait for a reader', async () => {
  expect(await shell(`${compile} -o pipe`)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('pipe cannot be written (no program reads from it'),
  });
});

test('compile -o writes all of it to a pipe, however slow its reader is', async () => {
  await shell(
    `{ echo 'version: 1'; echo 'forwarding: ignore'; echo 'forwards:'; for n in $(seq 10000 13000); do echo "  - '192.0.2.1:$n:192.0.2.7:5000'"; done; } >many.yaml`,
  );
  const { stdout: whole } = await portfwd(cwd, ['compile', 'many.yaml', '--format', 'nft']);
  expect(whole.length).toBeGreaterThan(70_000);
  const many = `timeout -s KILL 60 "$0" "$1" compile many.yaml --format nft`;
  for (const script of [
    `cat pipe & sleep 0.2; ${many} -o pipe; wait`,
    `${many} -o /dev/stdout | { sleep 0.2; cat; }`,
    `exec 5> >(sleep 0.2; cat >out); p=$!; ${many} -o /dev/fd/5; exec 5>&-; wait $p; cat out`,
    `${many} -o >(cat >out2; echo >done) ; until [ -e done ]; do sleep 0.02; done; cat out2`,
  ])
    expect((await shell(script)).stdout.replace(whole, 'WHOLE')).toBe('WHOLE');
});

test('compile -o stops with a sentence when the reader of a pipe ends', async () => {
  const { stdout } = await shell(
    `{ ${compile.replace('good', 'many')} -o /dev/stdout 2>err; echo $? >&2; } 2>exit | true; cat exit err`,
  );
  expect(stdout).toMatch(/^3\n[^]*cannot be written \(EPIPE\)/);
});
