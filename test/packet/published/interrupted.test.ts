import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { app, model, LATE, usePublishedLab } from '../lab/published-lab.ts';
import { withNftAlone } from '../lab/revert-script.ts';
import { until } from '../lab/until.ts';

const {
  machines: { sh, portfwd, lab },
  ask,
  apply,
  addLate,
  before,
  sysctls,
  openLinks,
} = usePublishedLab();

const OTHER = model({ target: '192.168.0.2:5000', loopback: false });
const ROUNDS = 30;

test('killed at any point, no interface is open without the guard, those that came later included', async () => {
  const seen = new Set<string>();
  let whole = 1000;
  for (let round = 0; round < ROUNDS; round += 1) {
    const opens = round % 2 === 0;
    if (!opens) await addLate();
    lab().writeModel(opens ? model() : OTHER);
    const start = performance.now();
    // The first two runs show how long one takes, and both results.
    const ended = await run(round < 2 ? undefined : (whole * 1.2 * ((round * 7) % ROUNDS)) / ROUNDS);
    if (ended) whole = performance.now() - start;
    const open = await openLinks();
    const guarded = (await sh('host', 'nft list ruleset')).includes('pf_loopback_guard');
    seen.add(`${open.length > 0} ${guarded}`);
    expect({ round, open: guarded ? [] : open }).toEqual({ round, open: [] });
    if (!opens) await sh('host', 'ip link delete late0');
  }
  expect(seen).toContain('true true');
  expect(seen).toContain('false false');
});

/** Runs an apply on the host, and kills it after so many milliseconds. True if it ended before that. */
async function run(milliseconds?: number): Promise<boolean> {
  const child = spawn('ip', ['netns', 'exec', 'host', ...PORTFWD_COMMAND, 'apply'], {
    env: lab().env,
    stdio: 'ignore',
  });
  const timer = milliseconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), milliseconds);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return signal === null;
}

test('a change that is not confirmed closes an interface that came meanwhile', async () => {
  await apply(OTHER);
  const applying = portfwd(['apply', '--confirm', '4'], model());
  await until('it is loaded', async () => (await openLinks()).includes('default'));
  await addLate();
  expect(await ask('client', LATE)).toEqual(app('192.0.2.7'));
  expect((await applying).exitCode).toBe(6);
  expect(await openLinks()).toEqual([]);
});

test('so does the script that reverts with nft and the shell alone', async () => {
  await apply(OTHER);
  await sh('host', 'sysctl -qw net.ipv4.conf.in0.route_localnet=1');
  const applying = portfwd(['apply', '--confirm', '600'], model());
  await until('it is loaded', async () => (await openLinks()).includes('default'));
  await addLate();
  await sh('host', 'ip link add theirs0 type bridge; sysctl -qw net.ipv4.conf.theirs0.route_localnet=1');
  const script = `${lab().directory}/state/revert.sh`;
  writeFileSync(`${script}.now`, withNftAlone(readFileSync(script, 'utf8')));
  await sh('host', `sh ${script}.now 0`);
  expect(await openLinks()).toEqual(['in0', 'theirs0']);
  expect(await sh('host', 'nft list ruleset')).not.toContain('pf_loopback_guard');
  await portfwd(['rollback']);
  await applying;
  await sh('host', 'ip link delete late0; ip link delete theirs0; sysctl -qw net.ipv4.conf.in0.route_localnet=0');
  expect(await sysctls()).toBe(before());
});
