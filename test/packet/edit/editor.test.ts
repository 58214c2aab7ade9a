import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MODEL, startEditLab, type EditLab } from '../lab/edit-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import type { Sandbox } from '../lab/sandbox.ts';
import { until } from '../lab/until.ts';
import { onTerminal } from '../lab/terminal.ts';

let lab: EditLab;
let sandbox: Sandbox;
beforeEach(async () => {
  lab = await startEditLab();
  ({ sandbox } = lab);
});
afterEach(async () => sandbox.remove());

/** Runs portfwd edit with a shell script as the editor; `$1` is what it edits. */
const edit = (script: string, ...args: readonly string[]) => {
  const editor = join(sandbox.directory, 'editor');
  writeFileSync(editor, `#!/bin/sh\nset -e\n${script}\n`, { mode: 0o755 });
  return ['env', `VISUAL=${editor}`, ...PORTFWD_COMMAND, 'edit', ...args];
};

const keptIn = (said: string): string => /your text is kept in (\S+)/.exec(said)?.[1] ?? '';

test('edit applies what the editor leaves', async () => {
  const run = await sandbox.run(edit('sed -i s/8080/8081/ "$1"'));
  expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^2 forwards loaded\n/) });
  expect(lab.fileNow()).toBe(MODEL.replace('8080', '8081'));
  expect(statSync(sandbox.file).mode & 0o777).toBe(0o640);
  await lab.inSync();
  expect(await lab.commands()).toEqual(['apply', 'edit']);
});

test('other users cannot read the copy that is edited, and it is removed', async () => {
  const seen = join(sandbox.directory, 'seen');
  await sandbox.run(edit(`stat -c "%a %n" "$1" "$(dirname "$1")" > ${seen}`));
  const [file, directory] = readFileSync(seen, 'utf8').split('\n');
  expect(file).toMatch(/^600 \S+\/portfwd\.yaml$/);
  expect(directory).toMatch(/^700 /);
  expect(existsSync(directory?.split(' ')[1] ?? '/')).toBe(false);
});

test('edit without a change applies nothing', async () => {
  const run = await sandbox.run(edit(':'));
  expect(run).toEqual({ exitCode: 0, stdout: `${sandbox.file}: unchanged, nothing to apply`, stderr: '' });
  expect(await lab.commands()).toEqual(['apply']);
});

test.each([
  ['has errors', 'sed -i s/8080/0/ "$1"', 1, '[listen/port]'],
  ['is left by an editor that fails', 'sed -i s/8080/8081/ "$1"; exit 7', 3, 'exited with 7'],
  ['overtakes another change', 'sed -i s/8080/8081/ "$1"; echo "# new" >> "$PORTFWD_CONFIG"', 3, '[config-changed]'],
])('a text that %s is kept, and nothing is changed', async (_, script, exitCode, why) => {
  const run = await sandbox.run(edit(script));
  expect(run).toMatchObject({ exitCode, stdout: '' });
  expect(run.stderr).toContain(why);
  const kept = keptIn(run.stderr);
  expect(readFileSync(kept, 'utf8')).toContain(script.includes('8081') ? '8081' : 'listen: 0');
  rmSync(dirname(kept), { recursive: true });
  expect({ ...(await sandbox.seen()), file: lab.fileNow().replace('# new\n', '') }).toEqual(lab.before);
});

test('while the editor is open others can change the file, and then edit is refused', async () => {
  const go = join(sandbox.directory, 'go');
  const open = join(sandbox.directory, 'open');
  const words = edit(`sed -i s/8080/8081/ "$1"; : > ${open}; while [ ! -e ${go} ]; do sleep 0.1; done`);
  const running = sandbox.run(words);
  await until('the editor is open', () => existsSync(open));
  expect(await sandbox.portfwd('remove', 'tcp-6000')).toMatchObject({ exitCode: 0 });
  writeFileSync(go, '');
  const run = await running;
  expect(run.exitCode).toBe(3);
  expect(run.stderr).toContain('[config-changed]');
  rmSync(dirname(keptIn(run.stderr)), { recursive: true });
  expect(lab.fileNow()).not.toContain('8081');
  await lab.inSync();
});

test('on a terminal edit offers to edit again, or to give up', async () => {
  const script =
    'if grep -q "listen: 0" "$1"; then sed -i "s/listen: 0/listen: 8081/" "$1"; else sed -i s/8080/0/ "$1"; fi';
  const run = sandbox.start([], () => onTerminal(edit(script)));
  await run.waitForOutput('edit again (e), or give up (g)? ');
  run.type('e\r');
  expect((await run.ended).exitCode).toBe(0);
  expect(lab.fileNow()).toBe(MODEL.replace('8080', '8081'));
  await lab.inSync();
  const other = sandbox.start([], () => onTerminal(edit('sed -i s/8081/0/ "$1"')));
  await other.waitForOutput('edit again (e), or give up (g)? ');
  other.type('g\r');
  const { exitCode, stdout } = await other.ended;
  expect(exitCode).toBe(1);
  expect(readFileSync(keptIn(stdout), 'utf8')).toBe(MODEL.replace('8080', '0'));
  rmSync(dirname(keptIn(stdout)), { recursive: true });
});

test('without $VISUAL and $EDITOR an installed one is found, where only root can put it', async () => {
  const directory = '/usr/local/sbin';
  const script = `mount -t tmpfs -o mode=755 tmpfs ${directory}
printf '#!/bin/sh\\nsed -i s/8080/8081/ "$1"\\n' > ${directory}/sensible-editor
chmod 755 ${directory}/sensible-editor
exec env -u VISUAL EDITOR= "$@"`;
  const run = await sandbox.run(['unshare', '-m', 'sh', '-ec', script, 'sh', ...PORTFWD_COMMAND, 'edit']);
  expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^2 forwards loaded\n/) });
  expect(lab.fileNow()).toBe(MODEL.replace('8080', '8081'));
});

test('what is typed is kept where it is only tried', async () => {
  const run = await sandbox.run(edit('sed -i s/8080/8081/ "$1"', '--dry-run', '--json'));
  expect(run).toMatchObject({ exitCode: 0 });
  const { kept } = JSON.parse(run.stderr.split('\n').at(-1) ?? '') as { kept: string };
  expect(readFileSync(kept, 'utf8')).toBe(MODEL.replace('8080', '8081'));
  rmSync(dirname(kept), { recursive: true });
  expect(await sandbox.seen()).toEqual(lab.before);
});
