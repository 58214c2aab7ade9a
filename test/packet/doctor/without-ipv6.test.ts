import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { doctor, onHost, type Shown } from './doctor-lab.ts';
import { FORWARD_DROP } from './set-up.ts';

const MODEL = `version: 1
forwarding: enable
forwards:
- {name: four, listen: 6000, target: "10.0.0.2:5000"}
- {name: six, listen: "[::]:6000", target: "[2001:db8:2::2]:5000"}
- {name: local, listen: "[::]:6001", target: "[2001:db8:3::2]:5002"}
- {name: outside, listen: "[::]:6002", interface: out0, target: "[2001:db8:2::2]:5000"}
`;
const ADDRESSES = `ip address add 2001:db8:1::1/64 dev out0 nodad; ip address add 2001:db8:2::1/64 dev in0 nodad
  ip address add 2001:db8:3::2/64 dev svc0 nodad`;
const WITHOUT = 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  const { backend, host } = lab.agents;
  await Promise.all([
    backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 }),
    backend.serve({ protocol: 'tcp', address: '2001:db8:2::2', port: 5000 }),
    host.serve({ protocol: 'tcp', address: '::', port: 5002 }),
  ]);
  lab.writeModel(MODEL);
});
afterAll(async () => lab.stop());

/** The first cause of each forward; undefined: none. */
const firstOf = ({ forwards }: Shown) =>
  Object.fromEntries(forwards.map(({ name, causes }) => [name, causes[0]?.code]));
const ALL_OFF = { four: undefined, six: 'ipv6-off', local: 'ipv6-off', outside: 'ipv6-off' };

/** The exit code, and what it printed. */
async function run(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await lab.portfwd(args);
  return `${exitCode}\n${stdout}\n${stderr}`;
}

test('with IPv6 turned off, every command says what is so, and forwards of IPv4 work', async () => {
  await onHost(lab, WITHOUT);
  expect(await run('check')).toMatch(/^0\n[^]*no route to 2001:db8:2::2/);
  expect(await run('apply')).toMatch(/^0\n[^]*4 forwards loaded/);
  expect(
    await lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: PATIENCE.answer }),
  ).toMatchObject({
    who: 'backend',
  });
  const printed = await Promise.all([
    run('status'),
    run('stats'),
    run('explain', '--to', '[2001:db8:1::1]:6000'),
    run('trace', 'six', '--seconds', '1'),
    run('try'),
  ]);
  const expected = [
    /^0\nin sync: [^]*no route to 2001:db8:2::2/,
    /^0\nNAME [^]*\nsix +\[::\]:6000 +0 /,
    /^1\n[^]*2001:db8:1::1 is not an address of this host/,
    /^1\n[^]*no packet for six arrived at this host in 1 s/,
    /^0\n[^]*not tried: six .*no interface has an address for the listen/,
  ];
  for (const [index, text] of printed.entries()) expect(text).toMatch(expected[index] ?? /^$/);
});

test('doctor names it first, alone and behind a firewall; its command and the addresses fix it', async () => {
  const alone = await doctor(lab);
  expect(firstOf(alone)).toEqual(ALL_OFF);
  await onHost(lab, FORWARD_DROP);
  const behind = await doctor(lab, 'six', 'outside');
  expect(firstOf(behind)).toEqual({ six: 'ipv6-off', outside: 'ipv6-off' });
  for (const { causes } of behind.forwards) expect(causes.map(({ code }) => code)).toContain('dropped');
  await onHost(lab, 'nft delete table inet fw');
  const [cause] = alone.forwards.find(({ name }) => name === 'six')?.causes ?? [];
  expect(cause?.message).toContain('every interface of this host (net.ipv6.conf.all.disable_ipv6 is 1)');
  await onHost(lab, `${cause?.commands[0]}; ${ADDRESSES}; portfwd apply`);
  for (const port of [6000, 6001, 6002])
    expect(
      await lab.agents.client.probe({ protocol: 'tcp', to: '2001:db8:1::1', port, timeout: PATIENCE.answer }),
    ).not.toBeNull();
  expect((await doctor(lab)).forwards.flatMap(({ causes }) => causes)).toEqual([]);
});

test('with IPv6 off on one interface, only the forward of that interface is concerned', async () => {
  await onHost(lab, 'sysctl -qw net.ipv6.conf.out0.disable_ipv6=1');
  const shown = await doctor(lab, 'six', 'local', 'outside');
  const [cause] = shown.forwards.find(({ name }) => name === 'outside')?.causes ?? [];
  expect(cause).toMatchObject({ code: 'ipv6-off', commands: ['sysctl -w net.ipv6.conf.out0.disable_ipv6=0'] });
  expect(firstOf(shown)).not.toMatchObject({ six: 'ipv6-off' });
});

/** A file system over the sysctls of IPv6 hides them, as in a kernel that was booted with ipv6.disable=1. */
const inSuchKernel = (script: string) => onHost(lab, `mount -t tmpfs none /proc/sys/net/ipv6; ${script}`);

test('in a kernel without IPv6, doctor says so', async () => {
  const printed = await inSuchKernel('portfwd doctor --json six || true');
  const [verdict] = (JSON.parse(printed) as Shown).forwards;
  expect(verdict?.causes[0]).toMatchObject({ code: 'ipv6-off', message: expect.stringContaining('runs without IPv6') });
  expect(verdict?.causes.map(({ code }) => code)).not.toContain('routing-off');
});

test.each(['enable', 'require'])(
  'in such a kernel, with forwarding: %s, nothing else is said of IPv6',
  async (value) => {
    lab.writeModel(MODEL.replace('enable', value));
    const printed = await inSuchKernel(
      'for c in check "apply --dry-run" apply status "doctor six" "explain --to [2001:db8:1::1]:6000"; do portfwd $c 2>&1 || true; done',
    );
    expect(printed.match(/the kernel runs without IPv6[^]*?forwards six, local and outside/g)?.length).toBeGreaterThan(
      2,
    );
    expect(printed).toMatch(/boot without the parameter ipv6\.disable=1, or remove the forwards of IPv6/);
    expect(printed).toMatch(/loaded|nothing to (?:do|change)|in sync/);
    expect(printed).not.toMatch(/ipv6.* is 0|no route to 2001/);
    const probe = { protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: PATIENCE.answer } as const;
    expect(await lab.agents.client.probe(probe)).toMatchObject({ who: 'backend' });
  },
);
