import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { systemHost } from '../../../src/host/host.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { commandOf } from '../lab/processes.ts';
import { until } from '../lab/until.ts';

const RULESETS = new URL('../../../rulesets/', import.meta.url).pathname;

/** The example without facts of its own needs some host. */
function argsFor(name: string): string[] {
  const facts = `${RULESETS}${name}/host-facts.json`;
  const other = `${RULESETS}forward-a-port/host-facts.json`;
  return ['try', '--json', '--host-facts', existsSync(facts) ? facts : other, `${RULESETS}${name}/portfwd.yaml`];
}

interface Result {
  readonly forward: string;
  readonly path: string;
  readonly expected: string;
  readonly ok: boolean;
  readonly fault?: string;
}

/** With another ruleset than that of the file, if `change` says so. */
async function tryIt(name: string, change: (ruleset: string) => string = (same) => same) {
  let out = '';
  const tryInNamespaces: typeof systemHost.tryInNamespaces = async (trial) =>
    systemHost.tryInNamespaces({ ...trial, ruleset: change(trial.ruleset) });
  const runtime = {
    host: { ...systemHost, tryInNamespaces },
    env: {},
    self: [...PORTFWD_COMMAND],
    out: (text: string) => void (out += text),
    err: () => undefined,
    isRead: () => true,
  };
  const exit = await run(argsFor(name), runtime, '0');
  return { exit, results: (JSON.parse(out) as { readonly results: readonly Result[] }).results };
}

test('every file in rulesets/ does with real packets what the simulator says', async () => {
  const names = readdirSync(RULESETS);
  let tried = 0;
  const worker = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const { exit, results } = await tryIt(name);
      expect({ name, exit, wrong: results.filter(({ ok }) => !ok) }).toEqual({ name, exit: 0, wrong: [] });
      tried += results.length;
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  expect(tried).toBeGreaterThan(350);
});

test('a ruleset that does something else is found', async () => {
  const [empty, unmasked, open, wrongPort] = await Promise.all([
    tryIt('another-host', () => '{"nftables":[]}'),
    tryIt('another-host', (ruleset) => ruleset.replaceAll(/^.*"masquerade":.*\n/gm, '')),
    tryIt('from', (ruleset) => ruleset.replaceAll(/^.*"drop":.*\n/gm, '')),
    tryIt('shifted-range', (ruleset) => ruleset.replaceAll('28003', '28000')),
  ]);
  expect(empty.exit).toBe(1);
  expect(empty.results.filter(({ ok }) => ok).map(({ expected }) => expected)).toEqual(['none']);
  expect(unmasked.results.filter(({ ok }) => !ok).map(({ path }) => path)).toEqual(['neighbour', 'target']);
  expect(open.results.filter(({ ok }) => !ok).map(({ path }) => path)).toContain('refused');
  expect(wrongPort.results.some(({ fault }) => fault?.startsWith('answered by 10.0.0.7:28000;'))).toBe(true);
});

/** Ours alone: in-lab has a process namespace of its own. */
const agents = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandOf(Number(pid)))
    .filter((command) => command.includes('try-agent.js'));

test('nothing is left, also if it is killed', async () => {
  expect(agents()).toEqual([]);
  const child = execa(PORTFWD_COMMAND[0], [PORTFWD_COMMAND[1], ...argsFor('gateway')], { reject: false });
  await until('the machines run', () => agents().length > 5);
  child.kill('SIGKILL');
  await child;
  await until('they have ended', () => agents().length === 0);
});

test('a normal user can run it, and where user namespaces are forbidden it says so', async () => {
  const [file, ...args] = [...PORTFWD_COMMAND, ...argsFor('forward-a-port')];
  const without = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-all', file, ...args];
  const may = await execa('unshare', ['-Ur', ...without], { reject: false });
  expect({ exit: may.exitCode, stderr: may.stderr }).toEqual({ exit: 0, stderr: '' });
  const script = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
  const mayNot = await execa('unshare', ['-Ur', 'sh', '-ec', script, 'sh', ...without], { reject: false });
  expect(mayNot.exitCode).toBe(3);
  expect(mayNot.stderr).toContain('nft-no-namespace');
  expect(mayNot.stderr).toContain('user.max_user_namespaces');
});

const inside = async (script: string) =>
  execa('ip', ['netns', 'exec', 'tried', 'sh', '-ec', script], {
    reject: false,
    env: { PORTFWD_STATE_DIR: '/run/tried' },
  });

test('the table of the host is not touched, and apply --try loads what works', async () => {
  await execa('ip', ['netns', 'add', 'tried']);
  const portfwd = PORTFWD_COMMAND.join(' ');
  await inside(
    'ip link set lo up; ip link add lan0 type bridge; ip address add 10.0.0.1/24 dev lan0; ip link set lan0 up; sysctl -qw net.ipv4.ip_forward=1',
  );
  const file = `${RULESETS}another-host/portfwd.yaml`;
  const before = (await inside('nft list ruleset; ip -o -4 address')).stdout;
  expect((await inside(`${portfwd} try ${file}`)).stdout).toContain('5 of 5 connections went as expected');
  expect((await inside('nft list ruleset; ip -o -4 address')).stdout).toBe(before);
  // An nft that loads another target, as one with a defect would.
  const wrong = `#!/bin/sh\ncase "$*" in *-f*) sed 's/10\\.0\\.0\\.2"/10.0.0.3"/g' | /run/defect/nft "$@" ;; *) exec /run/defect/nft "$@" ;; esac\n`;
  await inside('mkdir /run/defect; cp "$(command -v nft)" /run/defect/nft');
  writeFileSync('/run/defect/wrong', wrong, { mode: 0o755 });
  const refused = await inside(`mount --bind /run/defect/wrong "$(command -v nft)"; ${portfwd} apply --try ${file}`);
  expect({ exit: refused.exitCode, stdout: refused.stdout }).toEqual({
    exit: 1,
    stdout: expect.stringMatching(/WRONG[^]*nothing was loaded$/),
  });
  expect((await inside('nft list ruleset; ip -o -4 address')).stdout).toBe(before);
  const applied = await inside(`${portfwd} apply --try ${file}`);
  expect(applied.exitCode, applied.stderr).toBe(0);
  expect((await inside('nft list table inet portfwd')).stdout).toContain('10.0.0.2');
  await execa('ip', ['netns', 'delete', 'tried']);
});
