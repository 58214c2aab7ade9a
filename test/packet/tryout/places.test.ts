import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { systemHost } from '../../../src/host/host.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { commandOf } from '../lab/processes.ts';
import { without } from '../lab/refusal-cases.ts';
import { until } from '../lab/until.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;

/** `file`: a directory in rulesets/, or the path of a file. */
const argsFor = (file: string): string[] => [
  'try',
  '--host-facts',
  `${ROOT}rulesets/gateway/host-facts.json`,
  file.startsWith('/') ? file : `${ROOT}rulesets/${file}/portfwd.yaml`,
];

const NO_ROOT = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-all'];

/** In a mount namespace that this script has changed. */
const tryIn = async (script: string, file = 'another-host') =>
  execa('unshare', ['-m', 'sh', '-ec', `${script}; exec "$@"`, 'sh', ...PORTFWD_COMMAND, ...argsFor(file)], {
    reject: false,
  });

/** With another unshare, which can call the real one. */
const withUnshare = (name: string, text: string): string => {
  const path = `/run/${name}`;
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return `cp "$(command -v unshare)" ${path}-real; mount --bind ${path} "$(readlink -f "$(command -v unshare)")"`;
};

test('what is missing is named', async () => {
  const [noNft, forbidden] = await Promise.all([
    tryIn(without('/usr/sbin', 'nft')),
    // What unshare prints under AppArmor, which then lets it make the namespace and write nothing in it.
    tryIn(
      withUnshare('confined', "echo 'unshare: write failed /proc/self/uid_map: Operation not permitted' >&2; exit 1"),
    ),
  ]);
  expect([noNft.exitCode, noNft.stderr]).toEqual([3, expect.stringContaining('nft is not installed')]);
  expect([forbidden.exitCode, forbidden.stderr]).toEqual([
    3,
    expect.stringMatching(
      /kernel\.apparmor_restrict_unprivileged_userns\) \[nft-no-namespace\]\n.*uid_map: Operation not permitted/,
    ),
  ]);
});

/** As if the namespaces were made on a host with ipv6.disable_ipv6=1. */
const NO_IPV6 = `options=
while case $1 in --*) true ;; *) false ;; esac; do options="$options $1"; shift; done
exec /run/no-ipv6-real $options sh -c 'for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >$file; done; exec "$@"' sh "$@"`;

test('IPv6 is tried although it is off in new namespaces', async () => {
  const set = withUnshare('no-ipv6', NO_IPV6);
  expect((await tryIn(set, 'forward-a-port')).stdout).toContain('3 of 3 connections went as expected');
  expect((await tryIn(set, 'ipv6')).stdout).toContain('9 of 9 connections went as expected');
});

test('without IPv6 in the kernel, forwards of IPv4 are tried', async () => {
  let out = '';
  const inputs: string[] = [];
  const tryInNamespaces: typeof systemHost.tryInNamespaces = async (trial) => {
    const pids = { host: 1, clients: trial.clients.map(() => 2), targets: trial.targets.map(() => 3) };
    inputs.push(trial.wires(pids), trial.host, ...trial.clients.map(String), ...trial.targets.map(String));
    return systemHost.tryInNamespaces(trial);
  };
  const runtime = {
    host: { ...systemHost, hasIpv6: () => false, tryInNamespaces },
    env: {},
    self: [...PORTFWD_COMMAND],
    out: (text: string) => void (out += text),
    err: () => undefined,
    isRead: () => true,
  };
  expect(await run(argsFor('both-families'), runtime, '0')).toBe(0);
  expect(out).toMatch(/^not tried: (\S+) \(outside\): the kernel of this host has no IPv6$/m);
  expect(out).toMatch(/^([1-9]\d*) of \1 connections went as expected$/m);
  expect(inputs.join('')).not.toContain(':');
});

test('an empty file is tried without any namespace', async () => {
  const { exitCode, stdout } = await tryIn(without('/usr/bin', 'unshare'), 'no-forwards');
  expect([exitCode, stdout]).toEqual([0, 'no forward is switched on, so nothing was tried']);
});

const many = (count: number): string => {
  const path = `/run/${count}.yaml`;
  const forwards = Array.from({ length: count }, (_, at) => `  - "${6000 + at}:10.0.0.${2 + (at % 200)}:5000"\n`);
  writeFileSync(path, `version: 1\nforwards:\n${forwards.join('')}`);
  return path;
};

test('fifty targets at once, and more than 500 forwards are refused', async () => {
  expect((await tryIn(':', many(50))).stdout).toMatch(/\n250 of 250 connections went as expected$/);
  expect(await tryIn(':', many(501))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('many-forwards') });
});

test('docs/try.md shows what it prints', async () => {
  const docs = readFileSync(`${ROOT}docs/try.md`, 'utf8');
  const [, sample] = /^The file `rulesets\/gateway\/portfwd\.yaml`:\n\n```\n(.*?)\n```$/ms.exec(docs) ?? [];
  expect((await tryIn(':', 'gateway')).stdout).toBe(sample);
});

const processes = (): Set<string> => new Set(readdirSync('/proc').filter((name) => /^\d+$/.test(name)));

async function killedAt(moment: number, prefix: readonly string[]): Promise<void> {
  const [file = '', ...args] = [...prefix, ...PORTFWD_COMMAND, ...argsFor('gateway')];
  const child = execa(file, args, { reject: false });
  await sleep(moment);
  child.kill('SIGKILL');
  await child;
}

test('nothing is left, whenever it is killed', async () => {
  const before = processes();
  const moments = Array.from({ length: 16 }, () => Math.random() * 600);
  for (const pair of [0, 4, 8, 12])
    await Promise.all(
      moments.slice(pair, pair + 4).map(async (moment, index) => killedAt(moment, index % 2 === 0 ? [] : NO_ROOT)),
    );
  const left = (): string[] => [...processes()].filter((pid) => !before.has(pid)).map((pid) => commandOf(Number(pid)));
  await until('all processes have ended', () => left().every((command) => command === ''));
});
