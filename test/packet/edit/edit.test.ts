import { readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MODEL, startEditLab, type EditLab } from '../lab/edit-lab.ts';
import { signalProcess } from '../lab/processes.ts';
import type { Sandbox } from '../lab/sandbox.ts';

let lab: EditLab;
let sandbox: Sandbox;
beforeEach(async () => {
  lab = await startEditLab();
  ({ sandbox } = lab);
});
afterEach(async () => sandbox.remove());

test('add, set and remove change one line of the file, and the ruleset', async () => {
  expect(await sandbox.portfwd('add', '6001', '10.0.0.4:5000')).toMatchObject({
    exitCode: 0,
    stdout: '3 forwards loaded\n+1 ~0 -0, 2 unchanged',
  });
  const more = MODEL.replace('by hand\n', 'by hand\n  - "6001:10.0.0.4:5000"\n');
  expect(lab.fileNow()).toBe(more);
  await lab.inSync();
  expect(await sandbox.portfwd('set', 'web', 'target=10.0.0.2:81', 'comment=a: b')).toMatchObject({ exitCode: 0 });
  const other = more.replace('"10.0.0.2:80"\n', '10.0.0.2:81\n    comment: "a: b"\n');
  expect(lab.fileNow()).toBe(other);
  await lab.inSync();
  expect(await sandbox.portfwd('remove', 'tcp-6001', '*:6000')).toMatchObject({
    exitCode: 0,
    stdout: '1 forward loaded\n+0 ~0 -2, 1 unchanged',
  });
  expect(lab.fileNow()).toBe(other.replace(/ {2}- "600[^]*000"\n/, ''));
  await lab.inSync();
  expect(statSync(sandbox.file).mode & 0o777).toBe(0o640);
  expect(await lab.commands()).toEqual([
    'apply',
    'add 6001 10.0.0.4:5000',
    'set web target=10.0.0.2:81 comment=a: b',
    'remove tcp-6001 *:6000',
  ]);
  expect(await sandbox.portfwd('rollback', '1')).toMatchObject({ exitCode: 0 });
  expect(await sandbox.seen()).toEqual(lab.before);
});

test('without a file, add makes it', async () => {
  rmSync(sandbox.file);
  expect(await sandbox.portfwd('add', '--protocol', 'tcp,udp', '53', '10.0.0.1:5300')).toMatchObject({ exitCode: 0 });
  expect(lab.fileNow()).toBe(
    'version: 1\nforwards:\n  - protocol: [tcp, udp]\n    listen: 53\n    target: 10.0.0.1:5300\n',
  );
  expect(statSync(sandbox.file).mode & 0o777).toBe(0o644);
  await lab.inSync();
});

test.each([
  [
    ['add', '8080', '10.0.0.9:80'],
    1,
    'portfwd.yaml:11:5 forwards[2].listen: error: tcp 8080 overlaps 8080 of web (see line 7)',
  ],
  [['add', '99999', '10.0.0.9:80'], 1, 'portfwd.yaml:11:13 forwards[2].listen: error: invalid port "99999"'],
  [['set', 'web', 'target=shop:80'], 1, 'portfwd.yaml:8:13 forwards[0].target: error: "shop" is not an address'],
  [['set', 'web', 'enabled=maybe'], 1, 'write true or false [model/type]'],
  [['set', 'shop', 'listen=80'], 1, 'has no forward "shop"'],
  [['remove', 'web', '6001'], 1, 'name one of these: web (8080), tcp-6000 (6000) [no-forward]'],
  [['set', 'web', 'lisen=80'], 2, 'the keys are name, protocol, listen'],
  [['set', 'web', 'listen='], 2, 'Every forward needs listen'],
  [['set', 'web', 'name=a', 'name=b'], 2, 'Write name once'],
  [['set', 'web', 'forwards'], 2, 'the keys are name'],
  [['add', '6001'], 2, 'no target; write: portfwd add 6001 192.168.0.2:5000'],
  [['remove'], 2, "missing required argument 'forward'"],
] as const)('%j is refused, and file and kernel are as before', async (args, exitCode, why) => {
  const run = await sandbox.portfwd(...args);
  expect(run).toMatchObject({ exitCode, stdout: '' });
  expect(run.stderr).toContain(why);
  if (run.stderr.includes('portfwd.yaml:')) expect(run.stderr).toContain('portfwd.yaml was not changed');
  expect(await sandbox.seen()).toEqual(lab.before);
});

test('what fails when it is applied leaves the file byte by byte as it was', async () => {
  sandbox.write(MODEL.replace('forwarding: ignore\n', ''));
  const run = await sandbox.portfwd('add', '6001', '10.0.0.9:80');
  expect(run).toMatchObject({ exitCode: 3, stdout: '' });
  expect(run.stderr).toContain('[forwarding-off]');
  expect(await sandbox.seen()).toEqual({ ...lab.before, file: MODEL.replace('forwarding: ignore\n', '') });
  expect(readdirSync(sandbox.directory).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a file with an error is not edited, and a link is not followed', async () => {
  sandbox.write(MODEL.replace('8080', '0'));
  const wrong = await sandbox.portfwd('add', '6001', '10.0.0.4:5000');
  expect(wrong.stderr).toMatch(/portfwd\.yaml:7:13 forwards\[0\]\.listen: .*\n.*portfwd\.yaml was not changed$/);
  expect(wrong.exitCode).toBe(1);
  sandbox.write(MODEL);
  const real = join(sandbox.directory, 'real.yaml');
  renameSync(sandbox.file, real);
  symlinkSync(real, sandbox.file);
  const linked = await sandbox.portfwd('add', '6001', '10.0.0.4:5000');
  expect(linked).toMatchObject({ exitCode: 3, stdout: '' });
  expect(linked.stderr).toContain(
    'is a symbolic link, which portfwd does not replace; change the file that it points to',
  );
  expect(readFileSync(real, 'utf8')).toBe(MODEL);
  expect(await sandbox.seen()).toEqual(lab.before);
});

test('tried, or not confirmed in time: file and kernel are as before; confirmed: they are not', async () => {
  expect(await sandbox.portfwd('add', '--dry-run', '6001', '10.0.0.4:5000')).toMatchObject({
    exitCode: 0,
    stdout: '3 forwards would be loaded\n+1 ~0 -0, 2 unchanged',
  });
  expect(await sandbox.seen()).toEqual(lab.before);
  expect((await sandbox.portfwd('remove', 'web', '--confirm', '1')).exitCode).toBe(6);
  expect(await sandbox.seen()).toEqual(lab.before);
  const run = sandbox.start(['set', 'web', 'enabled=false', '--confirm', '600']);
  await run.waitForOutput('applied; reverting in');
  expect(lab.fileNow()).toBe(MODEL);
  expect(await sandbox.portfwd('confirm')).toMatchObject({ exitCode: 0, stdout: 'confirmed: set web enabled=false' });
  expect((await run.ended).exitCode).toBe(0);
  expect(lab.fileNow()).toBe(MODEL.replace('"10.0.0.2:80"\n', '"10.0.0.2:80"\n    enabled: false\n'));
  await lab.inSync();
});

test('twenty parallel add give twenty forwards', async () => {
  rmSync(sandbox.file);
  const ports = Array.from({ length: 20 }, (_, index) => `${7000 + index}`);
  const runs = await Promise.all(ports.map(async (port) => sandbox.portfwd('add', port, '10.0.0.1:5000')));
  expect(runs.map(({ exitCode }) => exitCode)).toEqual(ports.map(() => 0));
  const { forwards } = JSON.parse((await sandbox.portfwd('list', '--json')).stdout) as { forwards: { name: string }[] };
  expect(forwards.map(({ name }) => name).sort()).toEqual(ports.map((port) => `tcp-${port}`));
  await lab.inSync();
  process.stdout.write(`${runs.length} add at once, ${forwards.length} forwards\n`);
});

test('killed at any time, add leaves the old file or the new one', async () => {
  const seen = { old: 0, new: 0 };
  let [written, takes] = ['', 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    sandbox.write(MODEL);
    const start = performance.now();
    const run = sandbox.start(['add', '6001', '10.0.0.4:5000']);
    if (round > 0) {
      await sleep(takes * 1.15 * ((round - 1) / ROUNDS));
      signalProcess(-run.pid, 'SIGKILL');
    }
    const { exitCode } = await run.ended;
    // The first run is not killed: it shows the new file, and how long a run takes.
    if (exitCode === 0) [written, takes] = [lab.fileNow(), performance.now() - start];
    expect([MODEL, written]).toContain(lab.fileNow());
    seen[lab.fileNow() === MODEL ? 'old' : 'new'] += 1;
    expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
    await lab.inSync();
  }
  process.stdout.write(`add killed: ${seen.old} times the old file, ${seen.new} times the new one\n`);
  expect(seen.old).toBeGreaterThan(0);
});

const ROUNDS = 16;

test('diff shows what changed between generations', async () => {
  expect(await sandbox.portfwd('diff')).toMatchObject({ exitCode: 1, stdout: '' });
  await sandbox.portfwd('set', 'web', 'target=10.0.0.2:81');
  await sandbox.portfwd('remove', '6000');
  const last = await sandbox.portfwd('diff');
  expect(last).toMatchObject({
    exitCode: 1,
    stdout: `from generation 2 (set web target=10.0.0.2:81) to generation 3 (remove 6000):
- tcp-6000  tcp 6000 -> 10.0.0.3:5000
1 forward is the same`,
  });
  expect((await sandbox.portfwd('diff', '1')).stdout).toContain(
    '\n~ web       tcp 8080 -> 10.0.0.2:80 => tcp 8080 -> 10.0.0.2:81\n- tcp-6000',
  );
  expect((await sandbox.portfwd('diff', '3', '2')).stdout).toContain('\n+ tcp-6000');
  expect(await sandbox.portfwd('diff', '2', '2')).toMatchObject({ exitCode: 0 });
  expect((await sandbox.portfwd('diff', '9')).stderr).toContain(
    'there is no generation 9; portfwd history lists the generations',
  );
  expect(JSON.parse((await sandbox.portfwd('diff', '--json')).stdout)).toMatchObject({
    from: { number: 2 },
    to: { number: 3 },
    changes: { forwards: [{ kind: 'removed', name: 'tcp-6000' }], settings: [] },
    unchanged: 1,
  });
});
