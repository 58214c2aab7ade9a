import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replacing } from '../lab/replacing.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';
import { until } from '../lab/until.ts';

const ROUTED = 'version: 1\nforwarding: enable\nforwards:\n  - "6000:10.0.0.2:5000"\n';
const PUBLISHED = 'version: 1\nforwards:\n  - {listen: 6002, target: "127.0.0.1:5000", loopback: true}\n';

/** Two state directories, with a lock each, in one network namespace. */
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => sandbox.remove());

const other = (): string[] => ['--state-dir', join(sandbox.directory, 'other')];
const read = async (script: string): Promise<string> => (await sandbox.run(['sh', '-c', script])).stdout;

/** The first listing after the load is held back until the file `go` is there. */
const SLOW =
  'case "$*" in "-j -f"*) "$real" "$@"; code=$?; touch loaded; exit $code;; ' +
  '*"list chains"*) if [ -e loaded ] && mkdir held; then "$real" "$@" >listing; code=$?; touch paused; until [ -e go ]; do sleep 0.1; done; cat listing; exit $code; fi;; esac';

test.each([
  ['routing', ROUTED, 'net/ipv4/ip_forward', 'pf_forward_guard'],
  ['a published service', PUBLISHED, 'net/ipv4/conf/lan0/route_localnet', 'pf_loopback_guard'],
])('down with another state directory waits for a change: %s', async (_, text, sysctl, guard) => {
  sandbox.write(text);
  const change = sandbox.start(['apply'], await replacing(sandbox, 'nft', SLOW));
  await until('the ruleset is loaded', () => existsSync(join(sandbox.directory, 'paused')));
  const down = sandbox.start(['down', ...other()]);
  let over = false;
  void down.ended.then(() => (over = true));
  const waits = down.waitForOutput('waiting for').catch(() => undefined);
  await Promise.race([waits, down.ended]);
  expect({ over }).toEqual({ over: false });
  writeFileSync(join(sandbox.directory, 'go'), '');
  expect((await change.ended).exitCode).toBe(0);
  expect((await down.ended).exitCode).toBe(0);
  expect(await read(`cat /proc/sys/${sysctl}; nft list ruleset`)).toBe('0');
  expect(await sandbox.portfwd('apply', ...other())).toMatchObject({ exitCode: 0 });
  expect(await read(`cat /proc/sys/${sysctl}; nft list ruleset`)).toMatch(new RegExp(`^1\n[^]*${guard}`));
});

test.each([
  ['routing', ROUTED],
  ['a published service', PUBLISHED],
])('a change that is not confirmed leaves alone what another state directory loaded since: %s', async (_, text) => {
  sandbox.write(text);
  const waiting = sandbox.start(['apply', '--confirm', '5']);
  await waiting.waitForOutput('reverting in');
  sandbox.write(text.replaceAll('600', '700'));
  expect(await sandbox.portfwd('apply', ...other())).toMatchObject({ exitCode: 0 });
  const loaded = await read(
    'nft -t list table inet portfwd; sysctl -n net.ipv4.ip_forward net.ipv4.conf.lan0.route_localnet',
  );
  expect((await waiting.ended).exitCode).toBe(6);
  expect(
    await read('nft -t list table inet portfwd; sysctl -n net.ipv4.ip_forward net.ipv4.conf.lan0.route_localnet'),
  ).toBe(loaded);
  expect(await sandbox.portfwd('status', ...other())).toMatchObject({ exitCode: 0 });
});
