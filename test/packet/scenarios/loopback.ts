import type { Answer } from '../lab/agent.ts';
import type { Scenario, Step } from './scenario.ts';

const step = (from: Step['from'], to: string, port: number, expect: Answer | null): Step => ({
  from,
  to,
  port,
  protocol: 'tcp',
  expect,
});

const OUT = '203.0.113.1';
const TO_SERVICE = { protocol: 'tcp', listen: '6100', target: '127.0.0.1:7000', loopback: true } as const;
const backend = (sees: string): Answer => ({ who: 'backend', at: '10.0.0.2', port: 5000, sees });
const service = (sees: string): Answer => ({ who: 'loopback', at: '127.0.0.1', port: 7000, sees });

/** Both uses of `loopback: true`: 127.0.0.1 to another host, and a service on 127.0.0.1 for clients outside. */
export const LOOPBACK: readonly Scenario[] = [
  {
    name: 'loopback: the host reaches another host through 127.0.0.1, and no client outside reaches 127.0.0.1',
    forwards: [{ protocol: 'tcp', listen: '6000', target: '10.0.0.2:5000', loopback: true }],
    steps: [
      step('host', '127.0.0.1', 6000, backend('10.0.0.1')),
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('backend', '127.0.0.1', 8080, null),
      step('client', '127.0.0.1', 8080, null),
    ],
  },
  {
    name: 'loopback: clients outside reach a service on 127.0.0.1, which sees their address, and nothing else there',
    forwards: [TO_SERVICE],
    steps: [
      step('client', OUT, 6100, service('203.0.113.7')),
      step('client', '10.0.0.1', 6100, service('203.0.113.7')),
      step('neighbour', '10.0.0.1', 6100, service('10.0.0.3')),
      step('host', '127.0.0.1', 6100, service('127.0.0.1')),
      step('host', OUT, 6100, service(OUT)),
      step('client', '127.0.0.1', 7000, null),
      step('backend', '127.0.0.1', 7000, null),
      step('client', '127.0.0.1', 8080, null),
      step('client', OUT, 7000, null),
      step('client', OUT, 8080, null),
    ],
  },
  {
    name: 'loopback: a service on 127.0.0.1 keeps its port outside',
    forwards: [{ ...TO_SERVICE, listen: '7000' }],
    steps: [
      step('client', OUT, 7000, service('203.0.113.7')),
      step('host', OUT, 7000, service(OUT)),
      step('host', '127.0.0.1', 7000, service('127.0.0.1')),
      step('client', '127.0.0.1', 7000, null),
    ],
  },
  {
    name: 'loopback: a service on 127.0.0.1 for clients of one interface, and for some of them',
    forwards: [
      { ...TO_SERVICE, interface: 'out0' },
      { ...TO_SERVICE, listen: '6101', from: ['203.0.113.7', '10.0.0.2'] },
    ],
    steps: [
      step('client', OUT, 6100, service('203.0.113.7')),
      step('neighbour', OUT, 6100, null),
      step('host', OUT, 6100, null),
      step('client', OUT, 6101, service('203.0.113.7')),
      step('backend', '10.0.0.1', 6101, service('10.0.0.2')),
      step('neighbour', '10.0.0.1', 6101, null),
      step('host', '127.0.0.1', 6101, service('127.0.0.1')),
    ],
  },
  {
    name: 'loopback: masquerade rewrites nothing on the way to a service on 127.0.0.1',
    forwards: [
      { ...TO_SERVICE, masquerade: 'always' },
      { ...TO_SERVICE, listen: '6101', masquerade: 'never' },
    ],
    steps: [
      step('client', OUT, 6100, service('203.0.113.7')),
      step('client', OUT, 6101, service('203.0.113.7')),
      step('neighbour', OUT, 6100, service('10.0.0.3')),
    ],
  },
];
