import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

/** The backend sends what is not for its own link to another router, as a machine behind a tunnel does. */
const ELSEWHERE = `
  ip route replace default via 10.0.0.3
  ip route replace default via 2001:db8:2::3
`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('backend', ELSEWHERE);
  await lab.sh('host', 'ip address add 10.0.0.9/24 dev in0');
  for (const protocol of ['tcp', 'udp'] as const)
    for (const address of ['10.0.0.2', '2001:db8:2::2'])
      await lab.agents.backend.serve({ protocol, address, port: 5000 });
});
afterAll(async () => lab.stop());

const model = (...more: readonly string[]): string =>
  JSON.stringify({
    version: 1,
    forwards: ['10.0.0.2', '[2001:db8:2::2]'].map((target) => ({
      protocol: ['tcp', 'udp'],
      listen: target.startsWith('[') ? '[::]:6000' : 6000,
      target: `${target}:5000`,
      ...Object.fromEntries(more.map((pair) => pair.split('='))),
    })),
  });

async function apply(text: string): Promise<void> {
  const { exitCode, stderr } = await lab.portfwd(['apply'], text);
  expect(`${exitCode} ${exitCode === 0 ? '' : stderr}`).toBe('0 ');
}

const seen = async (to: string, protocol: 'tcp' | 'udp', from?: string, timeout: number = PATIENCE.answer) =>
  (
    await lab.agents.host.probe({
      protocol,
      to,
      port: 6000,
      timeout,
      ...(from === undefined ? {} : { from }),
    })
  )?.sees;

test.each(['tcp', 'udp'] as const)('%s: the target sees an address of its own link', async (protocol) => {
  await apply(model());
  for (const to of ['203.0.113.1', '10.0.0.1', '192.168.0.2']) expect(await seen(to, protocol)).toBe('10.0.0.1');
  for (const to of ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:3::2'])
    expect(await seen(to, protocol)).toBe('2001:db8:2::1');
});

test('a program that binds to an address of another interface is not an exception, one of the same interface is', async () => {
  expect(await seen('203.0.113.1', 'tcp', '192.168.0.2')).toBe('10.0.0.1');
  expect(await seen('203.0.113.1', 'tcp', '10.0.0.9')).toBe('10.0.0.9');
});

test('masquerade: never keeps the address, and the reply goes elsewhere', async () => {
  await apply(model('masquerade=never'));
  expect(await seen('203.0.113.1', 'tcp', undefined, PATIENCE.silence)).toBeUndefined();
});

test('a connection that another program translated keeps its address', async () => {
  await apply(model());
  await lab.sh(
    'host',
    `nft 'table ip other { chain output { type nat hook output priority -100; tcp dport 6100 dnat to 10.0.0.2:5000; }; }'`,
  );
  expect(await seen('203.0.113.1', 'tcp')).toBe('10.0.0.1');
  const { host } = lab.agents;
  const probe = { protocol: 'tcp', to: '203.0.113.1', port: 6100, timeout: PATIENCE.silence } as const;
  expect(await host.probe(probe)).toBeNull();
  await lab.sh('backend', 'ip route replace default via 10.0.0.1');
  expect((await host.probe({ ...probe, timeout: PATIENCE.answer }))?.sees).toBe('203.0.113.1');
});

test('explain says so', async () => {
  const { stdout } = await lab.portfwd(['explain', '--to', '203.0.113.1:6000']);
  expect(stdout).toContain(
    'the source is rewritten to an address of this host: connections of this host itself get an address of the interface to the target, in0',
  );
  const inside = await lab.portfwd(['explain', '--to', '10.0.0.1:6000']);
  expect(inside.stdout).toContain('the source stays 10.0.0.1: it is an address of the interface to the target, in0');
});
