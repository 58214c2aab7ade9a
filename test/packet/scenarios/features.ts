import type { Answer } from '../lab/agent.ts';
import { LOOPBACK } from './loopback.ts';
import type { Scenario, Step } from './scenario.ts';
import { SOURCES } from './sources.ts';

const answer = (who: string, at: string, port: number, sees: string): Answer => ({ who, at, port, sees });
const backend = (sees: string): Answer => answer('backend', '10.0.0.2', 5000, sees);
const backend6 = (sees: string): Answer => answer('backend', '2001:db8:2::2', 5000, sees);
const step = (from: Step['from'], to: string, port: number, expect: Answer | null, fromAddress?: string): Step => ({
  from,
  to,
  port,
  protocol: 'tcp',
  expect,
  ...(fromAddress === undefined ? {} : { fromAddress }),
});

const OUT = '203.0.113.1';
const OUT6 = '2001:db8:1::1';
const TO_BACKEND = { protocol: 'tcp', listen: '6000', target: '10.0.0.2:5000' } as const;
const TO_BACKEND6 = { protocol: 'tcp', listen: '[::]:6000', target: '[2001:db8:2::2]:5000' } as const;

const TO_HOLD = { protocol: 'tcp', target: '10.0.0.2:7400' } as const;
const hold = (at: string, port: number, sees: string): Answer => answer('backend', at, port, sees);
const large = (to: string, port: number, expect: Answer | null): Step => ({
  ...step('client', to, port, expect),
  large: true,
});

/** Each key of the model, and each corner where something has to be left alone. */
export const FEATURES: readonly Scenario[] = [
  {
    name: 'interface: only packets that arrive on it are forwarded',
    forwards: [
      { ...TO_BACKEND, interface: 'out0' },
      { ...TO_BACKEND6, interface: 'out0' },
    ],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('client', OUT6, 6000, backend6('2001:db8:1::7')),
      step('neighbour', OUT, 6000, null),
      step('host', OUT, 6000, null),
      step('host', OUT6, 6000, null),
    ],
  },
  {
    name: 'interface: a list, and a client in the subnet of the target',
    forwards: [
      { ...TO_BACKEND, interface: ['in0', 'svc0'] },
      { ...TO_BACKEND6, interface: ['in0', 'svc0'] },
    ],
    steps: [
      { ...step('neighbour', OUT, 6000, backend('10.0.0.1')), bridged: backend('10.0.0.3') },
      { ...step('neighbour', OUT6, 6000, backend6('2001:db8:2::1')), bridged: backend6('2001:db8:2::3') },
      step('client', OUT, 6000, null),
    ],
  },
  {
    name: 'interface: a client with an address in the subnet of the target arrives on another interface',
    forwards: [
      { ...TO_BACKEND, interface: 'out0' },
      { ...TO_BACKEND6, interface: 'out0' },
    ],
    steps: [
      step('client', OUT, 6000, backend('10.0.0.1'), '10.0.0.77'),
      step('client', OUT6, 6000, backend6('2001:db8:2::1'), '2001:db8:2::77'),
    ],
  },
  {
    name: 'interface: every interface whose name begins with a prefix',
    forwards: [{ ...TO_BACKEND, interface: ['i*', 'out0'], wildcard: true }],
    steps: [
      { ...step('neighbour', OUT, 6000, backend('10.0.0.1')), bridged: backend('10.0.0.3') },
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('host', OUT, 6000, null),
    ],
  },
  {
    name: 'masquerade: always',
    forwards: [
      { ...TO_BACKEND, masquerade: 'always' },
      { ...TO_BACKEND6, masquerade: 'always' },
    ],
    steps: [step('client', OUT, 6000, backend('10.0.0.1')), step('client', OUT6, 6000, backend6('2001:db8:2::1'))],
  },
  {
    name: 'masquerade: never',
    forwards: [{ ...TO_BACKEND, masquerade: 'never' }],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      { ...step('neighbour', OUT, 6000, null), bridged: backend('10.0.0.3') },
    ],
  },
  {
    name: 'the host connects from its own address in the subnet of the target',
    forwards: [TO_BACKEND],
    steps: [step('host', '10.0.0.1', 6000, backend('10.0.0.9'), '10.0.0.9')],
  },
  {
    name: 'hairpin through a router: the target is not in a subnet of the host',
    forwards: [
      { ...TO_BACKEND, target: '198.51.100.20:5000' },
      { ...TO_BACKEND6, target: '[2001:db8:9::20]:5000' },
    ],
    steps: [
      step('client', OUT, 6000, answer('client', '198.51.100.20', 5000, OUT), '198.51.100.20'),
      step('client', OUT6, 6000, answer('client', '2001:db8:9::20', 5000, OUT6), '2001:db8:9::20'),
      step('backend', OUT, 6000, answer('client', '198.51.100.20', 5000, '10.0.0.2')),
    ],
  },
  {
    name: 'behind a router: the source is rewritten for clients on the link of the router, and kept for others',
    forwards: [
      { ...TO_BACKEND, target: '198.51.100.20:5000' },
      { ...TO_BACKEND6, target: '[2001:db8:9::20]:5000' },
    ],
    steps: [
      step('client', OUT, 6000, answer('client', '198.51.100.20', 5000, OUT)),
      step('client', OUT6, 6000, answer('client', '2001:db8:9::20', 5000, OUT6)),
      step('neighbour', OUT, 6000, answer('client', '198.51.100.20', 5000, '198.51.100.130'), '198.51.100.130'),
    ],
  },
  {
    name: 'a listen on one address of the host, and a client in the subnet of the target',
    forwards: [
      { ...TO_BACKEND, listen: '203.0.113.1:6000' },
      { ...TO_BACKEND6, listen: '[2001:db8:1::1]:6000' },
    ],
    steps: [
      step('neighbour', OUT, 6000, backend('10.0.0.1')),
      step('neighbour', OUT6, 6000, backend6('2001:db8:2::1')),
      step('neighbour', '10.0.0.1', 6000, null),
    ],
  },
  {
    name: 'a listen in 127.0.0.0/8 is only for the host itself',
    forwards: [{ ...TO_BACKEND, listen: '127.0.0.2:6000', target: '127.0.0.1:8080' }],
    steps: [
      step('host', '127.0.0.2', 6000, answer('own', '127.0.0.1', 8080, '127.0.0.1')),
      step('host', '127.0.0.1', 6000, null),
      step('client', OUT, 6000, null),
    ],
  },
  {
    name: 'a listen in 127.0.0.0/8 with a target that others could reach',
    forwards: [{ ...TO_BACKEND, listen: '127.0.0.2:6000', target: '192.168.0.2:5000' }],
    steps: [
      step('host', '127.0.0.2', 6000, answer('host', '192.168.0.2', 5000, '127.0.0.1')),
      step('client', '127.0.0.2', 6000, null),
      step('backend', '127.0.0.2', 6000, null),
    ],
  },
  ...LOOPBACK,
  {
    name: 'connections of the host from 127.0.0.1 are not forwarded to another host',
    covers: true,
    forwards: [{ ...TO_BACKEND, listen: '7100' }],
    steps: [
      step('host', OUT, 7100, answer('own', OUT, 7100, '127.0.0.1'), '127.0.0.1'),
      step('host', OUT, 7100, backend('10.0.0.1')),
    ],
  },
  {
    name: 'connections of the host to 127.0.0.1 from another of its addresses are not forwarded',
    forwards: [{ ...TO_BACKEND, listen: '8080' }],
    steps: [step('host', '127.0.0.1', 8080, answer('own', '127.0.0.1', 8080, OUT), OUT)],
  },
  {
    name: 'interface: connections from a link-local address are not forwarded',
    covers: true,
    forwards: [{ ...TO_BACKEND6, listen: '[::]:7100', interface: 'out0' }],
    steps: [
      step('client', OUT6, 7100, answer('own', OUT6, 7100, 'fe80::7'), 'fe80::7%eth0'),
      step('client', OUT6, 7100, backend6('2001:db8:1::7')),
    ],
  },
  {
    name: 'connections from a link-local address are not forwarded to another host',
    covers: true,
    forwards: [{ ...TO_BACKEND6, listen: '[::]:7100' }],
    steps: [
      step('client', OUT6, 7100, answer('own', OUT6, 7100, 'fe80::7'), 'fe80::7%eth0'),
      step('client', OUT6, 7100, backend6('2001:db8:1::7')),
    ],
  },
  {
    name: "the host's own link-local connections are not forwarded",
    covers: true,
    forwards: [{ ...TO_BACKEND6, listen: '[::]:7100', target: '[2001:db8:3::2]:5000' }],
    steps: [
      step('host', 'fe80::1%out0', 7100, answer('own', 'fe80::1', 7100, 'fe80::1')),
      step('host', OUT6, 7100, answer('host', '2001:db8:3::2', 5000, OUT6)),
    ],
  },
  {
    name: '::1 is not forwarded to a target on this host',
    forwards: [{ ...TO_BACKEND6, listen: '[::]:7200', target: '[2001:db8:3::2]:5000' }],
    steps: [step('host', '::1', 7200, answer('own', '::1', 7200, '::1'))],
  },
  {
    name: 'a session with a service of the host that is older than the forward goes on',
    covers: true,
    forwards: [{ ...TO_BACKEND, listen: '7300' }],
    steps: [
      { ...step('client', OUT, 7300, answer('own', OUT, 7300, '203.0.113.7')), standing: true },
      step('client', OUT, 7300, backend('203.0.113.7')),
    ],
  },
  {
    name: 'IP forwarding that portfwd turned on is only for clients of forwards',
    turnsRoutingOn: true,
    forwards: [TO_BACKEND, TO_BACKEND6],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('client', OUT6, 6000, backend6('2001:db8:1::7')),
      step('client', '10.0.0.2', 5000, null),
      step('client', '2001:db8:2::2', 5000, null),
      step('backend', '198.51.100.20', 5000, null),
    ],
  },
  {
    name: 'mss: clamp: a client sends much through a link with a smaller MTU',
    narrow: true,
    forwards: [
      { ...TO_HOLD, listen: '7400', mss: 'clamp' },
      { ...TO_HOLD, listen: '[::]:7400', target: '[2001:db8:2::2]:7400', mss: 'clamp' },
      { ...TO_HOLD, listen: `${OUT}:7401`, mss: 'clamp' },
      { ...TO_HOLD, listen: '7402', mss: 'clamp', interface: 'out0' },
      { ...TO_HOLD, listen: '7403-7404', target: '10.0.0.2', mss: 'clamp' },
      { ...TO_HOLD, listen: '7405' },
    ],
    steps: [
      large(OUT, 7400, hold('10.0.0.2', 7400, '203.0.113.7')),
      large(OUT6, 7400, hold('2001:db8:2::2', 7400, '2001:db8:1::7')),
      large(OUT, 7401, hold('10.0.0.2', 7400, '203.0.113.7')),
      large(OUT, 7402, hold('10.0.0.2', 7400, '203.0.113.7')),
      large(OUT, 7404, hold('10.0.0.2', 7404, '203.0.113.7')),
      large(OUT, 7405, null),
    ],
  },
  ...SOURCES,
];
