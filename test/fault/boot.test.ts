import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startBootHost } from '../packet/lab/boot-host.ts';
import { untilNoProcess } from '../packet/lab/processes.ts';
import { SEED } from '../support/arbitrary-model.ts';
import { buildFaulty, readCalls } from './faulty-build.ts';

const model = (port: number): string => `version: 1\nforwarding: ignore\nforwards:\n  - "${port}:10.0.0.2:5000"\n`;
const OLD = model(6000);
const NEW = model(6001);

/** scripts/faults tries a seventh of them, since each takes two seconds. An odd number, so that both faults of a call occur. */
const EVERY = process.env['PORTFWD_FAULTS_EVERY'] === '1' ? 7 : 97;

const build = await buildFaulty();
const host = await startBootHost();
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
  return readCalls(log);
}

expect(await apply(OLD)).toBe(0);
expect(await host.portfwd('enable')).toMatchObject({ exitCode: 0 });
const after = await loaded(NEW);
const before = await loaded(OLD);
const faults = (await callsOfApply())
  .flatMap((what, index) => ['fail', 'kill'].map((action) => [`${index + 1}:${action}`, what] as const))
  .filter((_, index) => index % EVERY === SEED % EVERY);

describe('if any call fails or is killed, the next boot loads the old forwards or the new ones', () => {
  test.each(faults)('%s %s', async (fault) => {
    await loaded(OLD);
    const exit = await apply(NEW, `PORTFWD_FAULT=${fault}`);
    await untilNoProcess(host.sandbox.name); // a program that a killed run has started goes on
    const seen = await look();
    if (exit === undefined) {
      expect([before.kernel, after.kernel]).toContain(seen.kernel);
      expect([before.boot, after.boot]).toContain(seen.boot);
    } else expect(seen).toEqual(exit === 0 ? after : before);
    expect(await loaded(NEW), 'the next apply').toEqual(after);
  });
});
