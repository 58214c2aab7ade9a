import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from './lab/sandbox.ts';

let sandbox: Sandbox;
beforeEach(async () => (sandbox = await startSandbox()));
afterEach(async () => sandbox.remove());

const sh = async (command: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await sandbox.run(['sh', '-ec', command]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
};

const refused = async (address: string): Promise<string[]> => {
  sandbox.write(`version: 1\nforwards:\n- "7000:${address}:7000"\n- "${address}:7001:192.168.0.2"\n`);
  const { stdout } = await sandbox.portfwd('check', '--json');
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly code: string }[] };
  return findings.map(({ code }) => code).filter((code) => code.endsWith('unusable-address'));
};

const NEITHER = ['target/unusable-address', 'listen/unusable-address'];

test('the broadcast address that the kernel keeps for a subnet is refused, whether or not one was set', async () => {
  expect(await sh('ip route show table local type broadcast')).toContain('broadcast 10.0.0.255 ');
  expect(await refused('10.0.0.255')).toEqual(NEITHER);
  await sh('ip address flush dev lan0; ip address add 10.0.0.1/24 brd + dev lan0');
  expect(await refused('10.0.0.255')).toEqual(NEITHER);
});

test('the subnet of a line with two ends is that of the other end', async () => {
  await sh('ip address flush dev lan0; ip address add 10.0.0.1 peer 10.9.0.2/24 dev lan0');
  expect(await sh('ip route show table local type broadcast')).not.toContain('10.0.0.255');
  expect(await refused('10.0.0.255')).toEqual([]);
});
