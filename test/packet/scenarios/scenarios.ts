import type { Answer, Protocol } from '../lab/agent.ts';
import type { Scenario, ScenarioForward, Step } from './scenario.ts';

/** The lab's addresses in one family, so that each scenario is written once. */
interface Addresses {
  readonly family: 'IPv4' | 'IPv6';
  readonly any: string;
  readonly hostAddresses: readonly string[];
  readonly outside: string;
  readonly inside: string;
  readonly local: string;
  readonly added: string;
  readonly loopback: string;
  readonly client: string;
  readonly backend: string;
  readonly neighbour: string;
}

const IPV4: Addresses = {
  family: 'IPv4',
  any: '0.0.0.0',
  hostAddresses: ['203.0.113.1', '203.0.113.2', '10.0.0.1', '192.168.0.2'],
  outside: '203.0.113.1',
  inside: '10.0.0.1',
  local: '192.168.0.2',
  added: '203.0.113.99',
  loopback: '127.0.0.1',
  client: '203.0.113.7',
  backend: '10.0.0.2',
  neighbour: '10.0.0.3',
};

const IPV6: Addresses = {
  family: 'IPv6',
  any: '::',
  hostAddresses: ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:3::2'],
  outside: '2001:db8:1::1',
  inside: '2001:db8:2::1',
  local: '2001:db8:3::2',
  added: '2001:db8:1::99',
  loopback: '::1',
  client: '2001:db8:1::7',
  backend: '2001:db8:2::2',
  neighbour: '2001:db8:2::3',
};

/** What is served in the lab: each of these answers on tcp and udp. */
export const SERVICES: readonly {
  readonly on: 'client' | 'host' | 'backend' | 'neighbour';
  readonly address: string;
  readonly port: number;
  readonly as?: string;
}[] = [
  ...[IPV4, IPV6].flatMap((a) => [
    { on: 'host' as const, address: a.local, port: 5000 },
    { on: 'host' as const, address: a.loopback, port: 7000, as: 'loopback' },
    { on: 'client' as const, address: a.client, port: 6000 },
    ...[5000, 5001, 5002, 5003, 6000, 6001, 6002, 6003].map((port) => ({
      on: 'backend' as const,
      address: a.backend,
      port,
    })),
    { on: 'neighbour' as const, address: a.neighbour, port: 5000 },
  ]),
  { on: 'host', address: '::1', port: 6000, as: 'loopback' },
];

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function scenariosOf(a: Addresses, protocol: Protocol): Scenario[] {
  const forward = (listen: number | string, target: string): ScenarioForward => ({
    protocol,
    listen: `${bracketed(a.any)}:${listen}`,
    target,
  });
  const step = (from: Step['from'], to: string, port: number, expect: Answer | null): Step => ({
    from,
    to,
    port,
    protocol,
    expect,
  });
  const host = (sees: string): Answer => ({ who: 'host', at: a.local, port: 5000, sees });
  const backend = (sees: string, port = 5000): Answer => ({ who: 'backend', at: a.backend, port, sees });
  const toLocal = [forward(6000, `${bracketed(a.local)}:5000`)];
  const toBackend = [forward(6000, `${bracketed(a.backend)}:5000`)];
  const alsoToBackend = [forward(7000, `${bracketed(a.backend)}:5000`)];
  const named = (name: string): string => `${name} (${protocol}, ${a.family})`;
  const viaLoopback = a.family === 'IPv4' ? host('127.0.0.1') : { who: 'loopback', at: '::1', port: 6000, sees: '::1' };
  return [
    {
      name: named('a local service, from outside'),
      forwards: toLocal,
      steps: a.hostAddresses.map((to) => step('client', to, 6000, host(a.client))),
    },
    {
      name: named('a local service, from the host itself'),
      forwards: toLocal,
      steps: a.hostAddresses.map((to) => step('host', to, 6000, host(to))),
    },
    {
      name: named(`a local service, from the host through ${a.loopback}`),
      forwards: toLocal,
      steps: [step('host', a.loopback, 6000, viaLoopback)],
    },
    {
      name: named('an address added afterwards'),
      forwards: toLocal,
      added: `${a.added}/${a.family === 'IPv4' ? 32 : '128 nodad'} dev out0`,
      steps: [step('client', a.added, 6000, host(a.client)), step('host', a.added, 6000, host(a.added))],
    },
    {
      name: named('the service on its own port'),
      forwards: toLocal,
      steps: [step('client', a.local, 5000, host(a.client)), step('host', a.local, 5000, host(a.local))],
    },
    {
      name: named("the host's own connection to someone else's port 6000"),
      forwards: toLocal,
      steps: [step('host', a.client, 6000, { who: 'client', at: a.client, port: 6000, sees: a.outside })],
    },
    {
      name: named('transit to port 6000 of another host'),
      forwards: toLocal,
      steps: [
        step('client', a.backend, 6000, backend(a.client, 6000)),
        step('backend', a.client, 6000, { who: 'client', at: a.client, port: 6000, sees: a.backend }),
      ],
    },
    {
      name: named('another host, from outside'),
      forwards: toBackend,
      steps: a.hostAddresses.map((to) => step('client', to, 6000, backend(a.client))),
    },
    {
      name: named('another host, from the host itself'),
      forwards: toBackend,
      steps: a.hostAddresses.map((to) => step('host', to, 6000, backend(a.inside))),
    },
    {
      name: named('hairpin: the target reaches itself'),
      forwards: toBackend,
      steps: [a.outside, a.inside].map((to) => step('backend', to, 6000, backend(a.inside))),
    },
    {
      name: named("a client in the target's subnet"),
      forwards: toBackend,
      steps: [a.outside, a.inside].map((to) => step('neighbour', to, 6000, backend(a.inside))),
    },
    {
      name: named(`another host, and a service of the host on ${a.loopback}`),
      forwards: alsoToBackend,
      steps: [
        step('host', a.loopback, 7000, { who: 'loopback', at: a.loopback, port: 7000, sees: a.loopback }),
        step('client', a.outside, 7000, backend(a.client)),
      ],
    },
    {
      name: named('a range that keeps its ports'),
      forwards: [forward('6000-6003', bracketed(a.backend))],
      steps: [6000, 6001, 6002, 6003].flatMap((port) => [
        step('client', a.outside, port, backend(a.client, port)),
        step('neighbour', a.outside, port, backend(a.inside, port)),
      ]),
    },
    {
      name: named('a shifted range'),
      forwards: [forward('6000-6003', `${bracketed(a.backend)}:5000-5003`)],
      steps: [6000, 6001, 6002, 6003].flatMap((port) => [
        step('client', a.outside, port, backend(a.client, port - 1000)),
        step('neighbour', a.outside, port, backend(a.inside, port - 1000)),
      ]),
    },
    {
      name: named('a listen on one address'),
      forwards: [{ protocol, listen: `${bracketed(a.outside)}:6000`, target: `${bracketed(a.backend)}:5000` }],
      steps: [
        step('client', a.outside, 6000, backend(a.client)),
        step('client', a.local, 6000, null),
        step('neighbour', a.outside, 6000, backend(a.inside)),
        step('neighbour', a.inside, 6000, null),
        step('host', a.outside, 6000, backend(a.inside)),
      ],
    },
  ];
}

export const SCENARIOS: readonly Scenario[] = [IPV4, IPV6].flatMap((addresses) =>
  (['tcp', 'udp'] as const).flatMap((protocol) => scenariosOf(addresses, protocol)),
);
