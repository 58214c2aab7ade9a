import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../packet/lab/boot-host.ts';
import { SEED } from '../support/arbitrary-model.ts';
import { buildFaulty, type FaultyBuild } from './faulty-build.ts';

const model = (port: number): string => `version: 1\nforwarding: ignore\nforwards:\n  - "${port}:10.0.0.2:5000"\n`;
const OLD = model(6000);
const NEW = model(6001);

/** A sixth of them in scripts/faults, where each takes two seconds; else each of so many. */
const EVERY = process.env['PORTFWD_FAULTS_EVERY'] === '1' ? 6 : 48;

let build: FaultyBuild;
let host: BootHost;
beforeAll(async () => {
  build = await buildFaulty();
  host = await startBootHost();
});
afterAll(async () => {
  await host.remove();
  build.remove();
});

const apply = async (text: string, ...env: readonly string[]): Promise<number | undefined> => {
  host.sandbox.write(text);
  return (await host.run('exec env "$@"', ...env, ...build.command, 'apply')).exitCode;
};

/** What the kernel holds, and what the next boot would load. */
async function look(): Promise<{ readonly kernel: string; readonly boot: string }> {
  const file = readFileSync(join(host.sandbox.directory, 'etc/nftables.d/portfwd.nft'), 'utf8');
  const { stdout } = await host.run('nft list table inet portfwd');
  return { kernel: stdout, boot: file };
}

async function loaded(text: string): Promise<Awaited<ReturnType<typeof look>>> {
  expect(await apply(text)).toBe(0);
  return look();
}

async function callsOfApply(): Promise<string[]> {
  const log = join(host.sandbox.directory, 'calls');
  await apply(NEW, `PORTFWD_FAULT_LOG=${log}`);
  return readFileSync(log, 'utf8').trim().split('\n');
}

test(
  'if any call fails or is killed, the next boot loads the old forwards or the new ones',
  { timeout: 3_600_000 },
  async () => {
    expect(await apply(OLD)).toBe(0);
    expect(await host.portfwd('enable')).toMatchObject({ exitCode: 0 });
    const after = await loaded(NEW);
    const before = await loaded(OLD);
    const faults = (await callsOfApply())
      .flatMap((what, index) => ['fail', 'kill'].map((action) => `${index + 1}:${action} ${what}`))
      .filter((_, index) => index % EVERY === SEED % EVERY);
    const wrong: string[] = [];
    for (const fault of faults) {
      await loaded(OLD);
      const exit = await apply(NEW, `PORTFWD_FAULT=${fault.split(' ')[0]}`);
      const seen = await look();
      const is = (state: typeof before): boolean => seen.kernel === state.kernel && seen.boot === state.boot;
      const isOne =
        [before, after].some(({ boot }) => boot === seen.boot) &&
        [before, after].some(({ kernel }) => kernel === seen.kernel);
      if (exit === undefined ? !isOne : !is(exit === 0 ? after : before)) wrong.push(`${fault}: exit ${exit}`);
      const again = await loaded(NEW);
      if (again.boot !== after.boot || again.kernel !== after.kernel)
        wrong.push(`${fault}: the next apply is not whole`);
    }
    process.stdout.write(`${faults.length} faults injected into apply where forwards come back at boot\n`);
    expect(wrong).toEqual([]);
  },
);
