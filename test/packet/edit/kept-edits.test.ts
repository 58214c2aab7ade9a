import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MODEL, startEditLab, type EditLab } from '../lab/edit-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import type { Sandbox } from '../lab/sandbox.ts';

let lab: EditLab;
let sandbox: Sandbox;
beforeEach(async () => {
  lab = await startEditLab();
  ({ sandbox } = lab);
});
afterEach(async () => sandbox.remove());

const EDITED = MODEL.replace('# the end', '  - "7000:10.0.0.9:70" # not loaded yet');
const sh = async (script: string): Promise<string> => (await sandbox.run(['sh', '-ec', script])).stdout;

/** As `add`, with an nft that does something to the file before it loads: another program, at the worst moment. */
async function meanwhile(script: string, ...args: readonly string[]) {
  const wrapper = join(sandbox.directory, 'nft');
  const nft = await sh('readlink -f "$(command -v nft)"');
  await sh(`cp '${nft}' '${wrapper}.real'`);
  writeFileSync(wrapper, `#!/bin/sh\ncase "$*" in *-f*) ${script};; esac\nexec '${wrapper}.real' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const command = [...PORTFWD_COMMAND, ...args].map((word) => `'${word}'`).join(' ');
  return sandbox.run(['unshare', '-m', 'sh', '-ec', `mount --bind '${wrapper}' '${nft}'; exec ${command}`]);
}

test.each([
  ['add', '6001', '10.0.0.4:5000'],
  ['set', 'web', 'target=10.0.0.2:81'],
  ['remove', 'web'],
])('%s does not overwrite what another program wrote since the file was read', async (...args) => {
  const run = await meanwhile(`echo '# by hand' >>'${sandbox.file}'`, ...args);
  expect(run).toMatchObject({ exitCode: 3, stdout: '' });
  expect(run.stderr).toContain('portfwd.yaml was changed by another program');
  expect(run.stderr).toContain('[config-changed]');
  expect(lab.fileNow()).toMatch(/# the end\n(# by hand\n)+$/);
  sandbox.write(MODEL);
  expect(await sandbox.seen()).toEqual(lab.before);
  expect(readdirSync(sandbox.directory).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('rollback keeps changes that were never loaded in a file beside it', async () => {
  await sandbox.portfwd('add', '6001', '10.0.0.4:5000');
  const run = await sandbox.portfwd('rollback');
  expect(run.stderr).not.toContain('before-rollback');
  expect(lab.fileNow()).toBe(MODEL);
  for (const [name, text] of [
    ['portfwd.yaml.before-rollback', EDITED],
    ['portfwd.yaml.before-rollback-2', 'not: a model\n'],
  ] as const) {
    sandbox.write(text);
    const back = await sandbox.portfwd('rollback', '1');
    expect(back.exitCode).toBe(0);
    expect(back.stderr).toContain(`changes that were never loaded; that version is now ${sandbox.directory}/${name}`);
    expect(readFileSync(join(sandbox.directory, name), 'utf8')).toBe(text);
    expect(lab.fileNow()).toBe(MODEL);
  }
});

test('a rollback that waits for confirmation keeps them when it is confirmed', async () => {
  const kept = join(sandbox.directory, 'portfwd.yaml.before-rollback');
  sandbox.write(EDITED);
  await sandbox.portfwd('apply');
  sandbox.write(`${EDITED}# more\n`);
  const run = sandbox.start(['rollback', '1', '--confirm', '600']);
  await run.waitForOutput('applied; reverting in');
  expect([lab.fileNow(), existsSync(kept)]).toEqual([`${EDITED}# more\n`, false]);
  expect((await sandbox.portfwd('confirm')).stderr).toContain(`that version is now ${kept}`);
  await run.ended;
  expect([lab.fileNow(), readFileSync(kept, 'utf8')]).toEqual([MODEL, `${EDITED}# more\n`]);
});

test('what a killed run left beside the file is removed by the next run', async () => {
  const left = join(sandbox.directory, '.portfwd.yaml.new');
  for (const args of [['apply'], ['add', '6001', '10.0.0.4:5000']]) {
    writeFileSync(left, 'half');
    expect((await sandbox.portfwd(...args)).exitCode).toBe(0);
    expect(existsSync(left)).toBe(false);
  }
});

test('owner, mode, access list and extended attributes of the file stay', async () => {
  const { file } = sandbox;
  await sh(
    `chown 7:8 '${file}'; chmod 640 '${file}'; setfacl -m u:1234:r,m::rw '${file}'; setfattr -n user.note -v x '${file}'`,
  );
  const attributes = async () => sh(`stat -c '%u %g %a' '${file}'; getfacl -cn '${file}'; getfattr -d '${file}'`);
  const before = await attributes();
  expect(before).toContain('user:1234:r--');
  for (const args of [
    ['add', '6001', '10.0.0.4:5000'],
    ['set', 'web', 'enabled=false'],
    ['rollback', '1'],
  ]) {
    expect((await sandbox.portfwd(...args)).exitCode).toBe(0);
    expect(await attributes()).toBe(before);
  }
});

test('with a cp that does not know attributes, owner and mode of the file stay', async () => {
  const { file } = sandbox;
  await sh(`chown 7:8 '${file}'; chmod 640 '${file}'`);
  const command = [...PORTFWD_COMMAND, 'add', '6001', '10.0.0.4:5000'].map((word) => `'${word}'`).join(' ');
  const bind = `mount --bind /bin/false "$(readlink -f "$(command -v cp)")"`;
  expect((await sandbox.run(['unshare', '-m', 'sh', '-ec', `${bind}; exec ${command}`])).exitCode).toBe(0);
  expect(await sh(`stat -c '%u %g %a' '${file}'`)).toBe('7 8 640');
});
