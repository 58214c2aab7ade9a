import type { Answer } from '../lab/agent.ts';
import type { Scenario, ScenarioForward, Step } from './scenario.ts';

const answer = (who: string, at: string, port: number, sees: string): Answer => ({ who, at, port, sees });
const backend = (sees: string, port = 5000): Answer => answer('backend', '10.0.0.2', port, sees);
const backend6 = (sees: string, port = 5000): Answer => answer('backend', '2001:db8:2::2', port, sees);
const step = (from: Step['from'], to: string, port: number, expect: Answer | null, fromAddress?: string): Step => ({
  from,
  to,
  port,
  protocol: 'tcp',
  expect,
  ...(fromAddress === undefined ? {} : { fromAddress }),
});
const udp = (one: Step): Step => ({ ...one, protocol: 'udp' });

const OUT = '203.0.113.1';
const OUT6 = '2001:db8:1::1';
const FAR = '198.51.100.20';
const FAR6 = '2001:db8:9::20';

const on = (name: string, port: number | string, more: Partial<ScenarioForward> = {}): ScenarioForward => ({
  protocol: 'tcp',
  listen: `${name}:${port}`,
  target: '10.0.0.2:5000',
  ...more,
});
const on6 = (name: string, port: number | string, more: Partial<ScenarioForward> = {}): ScenarioForward =>
  on(name, port, { target: '[2001:db8:2::2]:5000', ...more });

/** A neighbour in the subnet of the target: masqueraded, unless its reply cannot bypass the host. */
const fromNeighbour = (to: string, port: number, expect: Answer, bridgedSees: string): Step => ({
  ...step('neighbour', to, port, expect),
  bridged: { ...expect, sees: bridgedSees },
});

/** `listen: "out0:6000"`: the addresses of the interface, for every client. */
export const LISTEN_INTERFACE: readonly Scenario[] = [
  {
    name: 'listen on an interface: from outside, from the subnet of the target, from the target, and from the host',
    forwards: [on('out0', 6000), on6('out0', 6000)],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('client', '203.0.113.2', 6000, backend('203.0.113.7')),
      step('client', OUT6, 6000, backend6('2001:db8:1::7')),
      step('neighbour', OUT, 6000, backend('10.0.0.1')),
      step('neighbour', OUT6, 6000, backend6('2001:db8:2::1')),
      step('backend', OUT, 6000, backend('10.0.0.1')),
      step('backend', OUT6, 6000, backend6('2001:db8:2::1')),
      step('host', OUT, 6000, backend('10.0.0.1')),
      step('host', OUT6, 6000, backend6('2001:db8:2::1')),
      step('neighbour', '10.0.0.1', 6000, null),
      step('neighbour', '2001:db8:2::1', 6000, null),
      step('host', '127.0.0.1', 6000, null),
    ],
  },
  {
    name: 'listen on an interface: udp',
    forwards: [on('out0', 6000, { protocol: 'udp' }), on6('out0', 6000, { protocol: 'udp' })],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('client', OUT6, 6000, backend6('2001:db8:1::7')),
      step('neighbour', OUT, 6000, backend('10.0.0.1')),
      step('neighbour', OUT6, 6000, backend6('2001:db8:2::1')),
      step('host', OUT, 6000, backend('10.0.0.1')),
      step('neighbour', '10.0.0.1', 6000, null),
    ].map(udp),
  },
  {
    name: 'listen on an interface: an address that is added later',
    added: '203.0.113.9/24 dev out0',
    forwards: [on('out0', 6000)],
    steps: [
      step('client', '203.0.113.9', 6000, backend('203.0.113.7')),
      step('neighbour', '203.0.113.9', 6000, backend('10.0.0.1')),
      step('host', '203.0.113.9', 6000, backend('10.0.0.1')),
    ],
  },
  {
    name: 'listen on an interface: a service on an address of another interface stays for the clients beside it',
    forwards: [on('in0', 7100), on6('in0', 7100)],
    steps: [
      step('client', OUT, 7100, answer('own', OUT, 7100, '203.0.113.7')),
      step('client', OUT6, 7100, answer('own', OUT6, 7100, '2001:db8:1::7')),
      step('client', '192.168.0.2', 7100, backend('203.0.113.7')),
      step('neighbour', '10.0.0.1', 7100, backend('10.0.0.1')),
      step('neighbour', '2001:db8:2::1', 7100, backend6('2001:db8:2::1')),
    ],
  },
  {
    name: 'listen on an interface: with the same interface, only what comes in there',
    forwards: [on('out0', 6000, { interface: 'out0' })],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('client', OUT, 6000, backend('10.0.0.1'), '10.0.0.77'),
      step('neighbour', OUT, 6000, null),
      step('host', OUT, 6000, null),
      step('client', '10.0.0.1', 6000, null),
    ],
  },
  {
    name: 'listen on an interface: with another interface, only what comes in there',
    forwards: [on('out0', 6000, { interface: ['in0', 'svc0'] })],
    steps: [
      fromNeighbour(OUT, 6000, backend('10.0.0.1'), '10.0.0.3'),
      step('neighbour', '10.0.0.1', 6000, null),
      step('client', OUT, 6000, null),
      step('host', OUT, 6000, null),
    ],
  },
  {
    name: 'listen on an interface: every interface whose name begins with a prefix',
    forwards: [on('o*', 6000, { wildcard: true })],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('neighbour', OUT, 6000, backend('10.0.0.1')),
      step('neighbour', '10.0.0.1', 6000, null),
    ],
  },
  {
    name: 'listen on an interface: ranges that keep their ports, and that do not',
    forwards: [
      on('out0', '5001-5003', { target: '10.0.0.2' }),
      on('out0', '6100-6102', { target: '10.0.0.2:5001-5003' }),
      on('out0', '5002-5003', { protocol: 'udp', target: '10.0.0.2' }),
      on6('out0', '5001-5003', { target: '[2001:db8:2::2]' }),
    ],
    steps: [
      step('client', OUT, 5002, backend('203.0.113.7', 5002)),
      step('client', OUT, 6102, backend('203.0.113.7', 5003)),
      step('client', OUT6, 5003, backend6('2001:db8:1::7', 5003)),
      udp(step('client', OUT, 5003, backend('203.0.113.7', 5003))),
      step('neighbour', OUT, 5002, backend('10.0.0.1', 5002)),
      step('neighbour', OUT, 6101, backend('10.0.0.1', 5002)),
      udp(step('neighbour', OUT, 5002, backend('10.0.0.1', 5002))),
      step('neighbour', OUT6, 5002, backend6('2001:db8:2::1', 5002)),
    ],
  },
  {
    name: 'listen on an interface: a target on this host, and a service of the host on 127.0.0.1',
    forwards: [on('out0', 7000, { target: '192.168.0.2:5000' }), on6('out0', 7000, { target: '[2001:db8:3::2]:5000' })],
    steps: [
      step('client', OUT, 7000, answer('host', '192.168.0.2', 5000, '203.0.113.7')),
      step('client', OUT6, 7000, answer('host', '2001:db8:3::2', 5000, '2001:db8:1::7')),
      step('client', OUT6, 7000, answer('host', '2001:db8:3::2', 5000, 'fe80::7'), 'fe80::7%eth0'),
      step('neighbour', OUT, 7000, answer('host', '192.168.0.2', 5000, '10.0.0.3')),
      step('host', OUT, 7000, answer('host', '192.168.0.2', 5000, OUT)),
      step('host', '127.0.0.1', 7000, answer('loopback', '127.0.0.1', 7000, '127.0.0.1')),
    ],
  },
  {
    name: 'listen on an interface: connections from 127.0.0.1 and from link-local addresses are not forwarded',
    covers: true,
    forwards: [on('out0', 7100), on6('out0', 7100)],
    steps: [
      step('host', OUT, 7100, answer('own', OUT, 7100, '127.0.0.1'), '127.0.0.1'),
      step('client', OUT6, 7100, answer('own', OUT6, 7100, 'fe80::7'), 'fe80::7%eth0'),
      step('client', OUT, 7100, backend('203.0.113.7')),
    ],
  },
  {
    name: 'listen on an interface: the link-local address of one link is not asked for on another',
    forwards: [on6('out0', 6000)],
    steps: [step('neighbour', 'fe80::1%eth0', 6000, null, '2001:db8:2::3')],
  },
  {
    name: 'listen on an interface: several interfaces, each with a target of its own',
    covers: true,
    forwards: [
      on('out0', 7100),
      on('in0', 7100, { target: '10.0.0.3:5000', interface: 'in0' }),
      on('svc0', 7100, { target: '192.168.0.2:5000', interface: 'out0' }),
    ],
    steps: [
      step('client', OUT, 7100, backend('203.0.113.7')),
      step('client', '192.168.0.2', 7100, answer('host', '192.168.0.2', 5000, '203.0.113.7')),
      step('neighbour', OUT, 7100, backend('10.0.0.1')),
      {
        ...step('backend', '10.0.0.1', 7100, answer('neighbour', '10.0.0.3', 5000, '10.0.0.1')),
        bridged: answer('neighbour', '10.0.0.3', 5000, '10.0.0.2'),
      },
      step('host', OUT, 7100, backend('10.0.0.1')),
      step('host', OUT, 7100, answer('own', OUT, 7100, '127.0.0.1'), '127.0.0.1'),
    ],
  },
  {
    name: 'listen on an interface: several, with one target',
    forwards: [on('out0', 6000, { target: '10.0.0.2:5000' }), on('in0', 6000)],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('neighbour', '10.0.0.1', 6000, backend('10.0.0.1')),
      step('neighbour', OUT, 6000, backend('10.0.0.1')),
      step('host', OUT, 6000, backend('10.0.0.1')),
    ],
  },
  {
    name: 'listen on an interface: masquerade',
    forwards: [
      on('out0', 6000, { masquerade: 'always' }),
      on6('out0', 6000, { masquerade: 'always' }),
      on('out0', 6100, { masquerade: 'never' }),
    ],
    steps: [
      step('client', OUT, 6000, backend('10.0.0.1')),
      step('client', OUT6, 6000, backend6('2001:db8:2::1')),
      step('client', OUT, 6100, backend('203.0.113.7')),
      { ...step('neighbour', OUT, 6100, null), bridged: backend('10.0.0.3') },
    ],
  },
  {
    name: 'listen on an interface: from, for clients outside and in another network',
    covers: true,
    forwards: [
      on('out0', 7100, { from: ['198.51.100.0/24', '10.0.0.2'] }),
      on6('out0', 7100, { from: ['2001:db8:9::/64', '2001:db8:2::2'] }),
    ],
    steps: [
      step('client', OUT, 7100, backend(FAR), FAR),
      step('client', OUT, 7100, null),
      step('client', OUT6, 7100, backend6(FAR6), FAR6),
      step('client', OUT6, 7100, null),
      step('backend', OUT, 7100, backend('10.0.0.1')),
      step('neighbour', OUT, 7100, null),
      step('backend', OUT6, 7100, backend6('2001:db8:2::1')),
      step('neighbour', OUT6, 7100, null),
      step('host', OUT, 7100, backend('10.0.0.1')),
      step('neighbour', '10.0.0.1', 7100, null),
    ],
  },
  {
    name: 'listen on an interface: sessions that are older than the forward go on',
    covers: true,
    forwards: [on('out0', 7300)],
    steps: [
      { ...step('client', OUT, 7300, answer('own', OUT, 7300, '203.0.113.7')), standing: true },
      { ...step('host', OUT, 7300, answer('own', OUT, 7300, OUT)), standing: true },
      step('client', OUT, 7300, backend('203.0.113.7')),
      step('host', OUT, 7300, backend('10.0.0.1')),
    ],
  },
  {
    name: 'listen on an interface: from, and a session that is older than the forward',
    covers: true,
    forwards: [on('out0', 7300, { from: FAR })],
    steps: [
      { ...step('client', OUT, 7300, answer('own', OUT, 7300, '203.0.113.7')), standing: true },
      step('client', OUT, 7300, null),
    ],
  },
];
