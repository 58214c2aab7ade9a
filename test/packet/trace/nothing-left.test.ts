import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { childrenOf, commandOf, pidsIn, signalProcess } from '../lab/processes.ts';
import {
  spawnTrace,
  startTrace,
  startTraceLab,
  traced,
  traceTables,
  writeOldNft,
  writeSlowShell,
  type TraceRun,
} from '../lab/trace-lab.ts';
import { until } from '../lab/until.ts';

let lab: Lab;
let before: readonly number[];
let oldNft: string;
beforeAll(async () => {
  lab = await startTraceLab();
  oldNft = writeOldNft(lab.directory);
  before = await pidsIn('host');
});
afterAll(async () => lab.stop());

/** All processes of the trace: portfwd, shells and nft. */
const processes = async (): Promise<number[]> => (await pidsIn('host')).filter((pid) => !before.includes(pid));

const nftOf = async (): Promise<number[]> =>
  (await processes()).filter((pid) => /nft\S* (?:-i|monitor)/.test(commandOf(pid)));

const startsMonitor = async (): Promise<boolean> =>
  (await processes()).some((pid) => commandOf(pid).includes('monitor trace'));

/** Those that nft prints to every program that reads JSON, without the flag that it should print. */
async function flagsOfTables(): Promise<string[]> {
  const flags = [...(await lab.sh('host', 'nft -j list tables')).matchAll(/"flags": ?\[?"([^"]*)"/g)];
  return flags.map(([, flag = '']) => flag).filter((flag) => flag !== 'owner');
}

async function expectNothingLeft(): Promise<void> {
  await until('the table is gone', async () => (await traceTables()).length === 0);
  await until('no process is left', async () => (await processes()).length === 0);
}

const KILLS: readonly (readonly [string, (trace: TraceRun) => unknown])[] = [
  ['the command is killed', ({ pid }) => signalProcess(pid, 'SIGKILL')],
  ['its process group is killed', ({ pid }) => signalProcess(-pid, 'SIGKILL')],
  ['every nft is killed', async () => (await nftOf()).forEach((pid) => signalProcess(pid, 'SIGKILL'))],
  [
    'nft monitor is killed',
    async () =>
      (await nftOf())
        .filter((pid) => commandOf(pid).includes('monitor trace') && childrenOf(pid).length === 0)
        .forEach((pid) => signalProcess(pid, 'SIGKILL')),
  ],
  [
    'all of its processes are terminated',
    async () => (await processes()).forEach((pid) => signalProcess(pid, 'SIGTERM')),
  ],
  [
    'the shells are killed',
    async () =>
      (await processes())
        .filter((pid) => commandOf(pid).includes('sh -c'))
        .forEach((pid) => signalProcess(pid, 'SIGKILL')),
  ],
];

describe.each([
  ['an owner', false],
  ['no owner', true],
])('of a trace whose table has %s', (_, isOld) => {
  const env = () => (isOld ? { ...lab.env, NFT: oldNft } : lab.env);

  test.each(KILLS)('nothing is left when %s', async (__, kill) => {
    const trace = await startTrace(env(), 'web', '--seconds', '600');
    expect(await traceTables()).toHaveLength(1);
    if (isOld) expect(await lab.sh('host', 'nft list ruleset')).not.toContain('flags owner');
    expect(await flagsOfTables()).toEqual([]);
    await kill(trace);
    await trace.ended;
    await expectNothingLeft();
  });

  test('nothing is left when it is killed while it starts', async () => {
    for (const delay of [0, 50, 100, 150, 200, 250, 300, 350, 400, 500]) {
      const child = spawnTrace(env(), 'web', '--seconds', '600');
      await sleep(delay);
      signalProcess(child.pid ?? 0, 'SIGKILL');
      await child;
      await expectNothingLeft();
    }
  });

  test('it traces, and nothing is left when it ends', async () => {
    const { exit, connections } = await traced(env(), ['web', '--count', '1', '--seconds', '60'], async () =>
      lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: 20_000 }),
    );
    expect([exit, connections[0]?.verdict.kind]).toEqual([0, 'answered']);
    await expectNothingLeft();
  });
});

test('nothing is left when it is killed before its shell prints', async () => {
  const child = spawnTrace({ ...lab.env, SH: writeSlowShell(lab.directory) }, 'web', '--seconds', '600');
  await until('the shell starts', startsMonitor);
  signalProcess(child.pid ?? 0, 'SIGKILL');
  await child;
  await expectNothingLeft();
});

test('a trace whose nft was killed does not say that nothing arrived', async () => {
  const trace = await startTrace(lab.env, 'web', '--seconds', '600');
  for (const pid of await nftOf()) signalProcess(pid, 'SIGKILL');
  const { exitCode, stdout } = await trace.ended;
  expect(exitCode).toBe(1);
  expect(stdout).toContain('the trace ended early');
  expect(stdout).toContain('it is not known whether a packet for web arrived');
  await expectNothingLeft();
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends the trace and prints what was seen', async (signal) => {
  const none = await startTrace(lab.env, 'web', '--seconds', '600');
  signalProcess(none.pid, signal);
  const { exitCode, stdout } = await none.ended;
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining('no packet for web arrived at this host so far')]);
  const trace = await startTrace(lab.env, 'web', '--seconds', '600', '--json');
  const probe = { protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: 20_000 } as const;
  expect(await lab.agents.client.probe(probe)).not.toBeNull();
  signalProcess(trace.pid, signal);
  const seen = await trace.ended;
  expect(seen.exitCode).toBe(0);
  expect(JSON.parse(seen.stdout)).toMatchObject({
    ended: 'interrupted',
    connections: [{ forward: 'web', verdict: { kind: 'answered' } }],
  });
  await expectNothingLeft();
});

const answered = (forward: string) => ({ forward, verdict: { kind: 'answered' } });

test('two traces do not disturb each other', async () => {
  const web = await startTrace(lab.env, 'web', '--json', '--count', '2', '--seconds', '60');
  const also = await startTrace(lab.env, '6000', '--json', '--count', '2', '--seconds', '60');
  const own = await startTrace(lab.env, 'own', '--json', '--count', '1', '--seconds', '60');
  expect(await traceTables()).toHaveLength(3);
  for (const port of [6000, 6001, 6000])
    await lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port, timeout: 20_000 });
  const results = await Promise.all(
    [web, also, own].map(async ({ ended }) => JSON.parse((await ended).stdout) as unknown),
  );
  expect(results).toMatchObject([
    { connections: [answered('web'), answered('web')] },
    { connections: [answered('web'), answered('web')] },
    { connections: [answered('own')] },
  ]);
  expect(JSON.stringify(results)).not.toContain('pf_trace_');
  await expectNothingLeft();
});

test('a reload of the firewall does not end a trace whose table has an owner, and is noticed otherwise', async () => {
  const trace = await startTrace(lab.env, 'own', '--json', '--count', '1', '--seconds', '60');
  const hasOwner = (await lab.sh('host', 'nft list ruleset')).includes('flags owner');
  await lab.sh('host', 'nft list table inet portfwd > saved.nft; nft flush ruleset; nft -f saved.nft; rm saved.nft');
  await lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6001, timeout: 20_000 });
  const { stdout } = await trace.ended;
  expect(JSON.parse(stdout)).toMatchObject(
    hasOwner
      ? { active: true, connections: [{ verdict: { kind: 'answered' } }] }
      : { active: false, ended: 'fault', fault: 'another program deleted the table of the trace', connections: [] },
  );
});
