import type { Answer, Protocol } from '../lab/agent.ts';
import type { Scenario, ScenarioForward, Step } from './scenario.ts';

/** Addresses of one family; the client has two, and only the far one is let in. */
interface Addresses {
  readonly family: 'IPv4' | 'IPv6';
  readonly any: string;
  readonly outside: string;
  readonly other: string;
  readonly inside: string;
  readonly local: string;
  readonly loopback: string;
  readonly client: string;
  readonly far: string;
  readonly farPrefix: string;
  readonly backend: string;
  readonly neighbour: string;
  /** An address in the subnet of the target that the client has. */
  readonly inTargetSubnet: string;
}

const IPV4: Addresses = {
  family: 'IPv4',
  any: '0.0.0.0',
  outside: '203.0.113.1',
  other: '203.0.113.2',
  inside: '10.0.0.1',
  local: '192.168.0.2',
  loopback: '127.0.0.1',
  client: '203.0.113.7',
  far: '198.51.100.20',
  farPrefix: '198.51.100.0/24',
  backend: '10.0.0.2',
  neighbour: '10.0.0.3',
  inTargetSubnet: '10.0.0.77',
};

const IPV6: Addresses = {
  family: 'IPv6',
  any: '[::]',
  outside: '2001:db8:1::1',
  other: '2001:db8:2::1',
  inside: '2001:db8:2::1',
  local: '2001:db8:3::2',
  loopback: '::1',
  client: '2001:db8:1::7',
  far: '2001:db8:9::20',
  farPrefix: '2001:db8:9::/48',
  backend: '2001:db8:2::2',
  neighbour: '2001:db8:2::3',
  inTargetSubnet: '2001:db8:2::77',
};

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function scenariosOf(a: Addresses, protocol: Protocol): Scenario[] {
  const forward = (
    listen: string,
    target: string,
    more: Pick<ScenarioForward, 'from' | 'interface'> = { from: a.farPrefix },
  ): ScenarioForward => ({ protocol, listen, target, ...more });
  const step = (from: Step['from'], to: string, port: number, expect: Answer | null, fromAddress?: string): Step => ({
    from,
    to,
    port,
    protocol,
    expect,
    ...(fromAddress === undefined ? {} : { fromAddress }),
  });
  const toBackend = `${bracketed(a.backend)}:5000`;
  const backend = (sees: string, port = 5000): Answer => ({ who: 'backend', at: a.backend, port, sees });
  const own = (sees: string): Answer => ({ who: 'own', at: a.outside, port: 7100, sees });
  const host = (sees: string): Answer => ({ who: 'host', at: a.local, port: 5000, sees });
  const named = (name: string): string => `from: ${name} (${protocol}, ${a.family})`;
  return [
    {
      name: named(
        'other clients get no answer, neither from the target nor from a service of the host on the same port',
      ),
      covers: true,
      forwards: [forward(`${a.any}:7100`, toBackend), forward(`${a.any}:6000`, toBackend, {})],
      steps: [
        step('client', a.outside, 7100, backend(a.far), a.far),
        step('client', a.outside, 7100, null),
        step('neighbour', a.outside, 7100, null),
        step('host', a.outside, 7100, backend(a.inside)),
        step('client', a.outside, 6000, backend(a.client)),
      ],
    },
    {
      name: named('a range and a list'),
      forwards: [forward(`${a.any}:6000-6003`, bracketed(a.backend), { from: [a.neighbour, a.farPrefix] })],
      steps: [
        step('client', a.outside, 6002, backend(a.far, 6002), a.far),
        step('client', a.outside, 6002, null),
        step('neighbour', a.outside, 6003, backend(a.inside, 6003)),
      ],
    },
    {
      name: named('a listen on one address, and a service on another'),
      forwards: [forward(`${bracketed(a.other)}:7100`, toBackend)],
      steps: [
        step('client', a.other, 7100, backend(a.far), a.far),
        step('client', a.other, 7100, null),
        step('client', a.outside, 7100, own(a.client)),
      ],
    },
    {
      name: named('with an interface, packets that arrive on another one are not checked'),
      covers: true,
      forwards: [forward(`${a.any}:7100`, toBackend, { from: [a.farPrefix, a.inTargetSubnet], interface: 'out0' })],
      steps: [
        step('client', a.outside, 7100, backend(a.inside), a.inTargetSubnet),
        step('client', a.outside, 7100, backend(a.far), a.far),
        step('client', a.outside, 7100, null),
        step('neighbour', a.outside, 7100, own(a.neighbour)),
      ],
    },
    {
      name: named('a forward to this host that keeps the port, its service included'),
      forwards: [forward(`${a.any}:5000`, bracketed(a.local))],
      steps: [
        step('client', a.outside, 5000, host(a.far), a.far),
        step('client', a.outside, 5000, null),
        step('client', a.local, 5000, null),
        step('host', a.outside, 5000, host(a.outside)),
        step('host', a.local, 5000, host(a.local)),
      ],
    },
    {
      name: named("the host's own connections from the listened port, transit and loopback are not restricted"),
      forwards: [forward(`${a.any}:6000`, toBackend), forward(`${a.any}:7000`, toBackend)],
      steps: [
        {
          ...step('host', a.client, 6000, { who: 'client', at: a.client, port: 6000, sees: a.outside }, a.outside),
          fromPort: 6000,
        },
        step('client', a.backend, 6000, backend(a.client, 6000)),
        step('host', a.loopback, 7000, { who: 'loopback', at: a.loopback, port: 7000, sees: a.loopback }),
        step('client', a.outside, 6000, null),
      ],
    },
  ];
}

const ANSWER_OF_OWN = { who: 'own', at: '203.0.113.1', port: 7100, sees: '203.0.113.7' } as const;
const OWN6 = { who: 'own', at: '2001:db8:1::1', port: 7100, sees: '2001:db8:1::7' } as const;
const FROM_CLIENT = { from: 'client', to: '203.0.113.1', port: 7100, protocol: 'tcp' } as const;
const FROM_CLIENT6 = { ...FROM_CLIENT, to: '2001:db8:1::1' } as const;
const TO_BACKEND = {
  protocol: 'tcp',
  listen: '0.0.0.0:7100',
  target: '10.0.0.2:5000',
  from: '198.51.100.0/24',
} as const;
const TO_BACKEND6 = {
  ...TO_BACKEND,
  listen: '[::]:7100',
  target: '[2001:db8:2::2]:5000',
  from: '2001:db8:9::/48',
} as const;

const BESIDE: readonly Scenario[] = [
  {
    name: 'from: the other family and the other protocol on the port are not restricted',
    covers: true,
    forwards: [TO_BACKEND],
    steps: [
      { ...FROM_CLIENT, expect: null },
      { ...FROM_CLIENT, protocol: 'udp', expect: ANSWER_OF_OWN },
      { ...FROM_CLIENT6, expect: OWN6 },
    ],
  },
  {
    name: 'from: for IPv6, and IPv4 is not restricted',
    covers: true,
    forwards: [TO_BACKEND6],
    steps: [
      { ...FROM_CLIENT6, expect: null },
      { ...FROM_CLIENT, expect: ANSWER_OF_OWN },
    ],
  },
  {
    name: 'from: tcp and udp in one forward, and link-local clients',
    covers: true,
    forwards: (['tcp', 'udp'] as const).map((protocol) => ({
      ...TO_BACKEND6,
      protocol,
      target: '[2001:db8:3::2]:5000',
      from: ['fe80::/10'],
    })),
    steps: (['tcp', 'udp'] as const).flatMap((protocol) => [
      {
        ...FROM_CLIENT6,
        protocol,
        fromAddress: 'fe80::7%eth0',
        expect: { who: 'host', at: '2001:db8:3::2', port: 5000, sees: 'fe80::7' },
      },
      { ...FROM_CLIENT6, protocol, expect: null },
    ]),
  },
  {
    name: 'from: a session that is older than the forward goes on for every client',
    covers: true,
    forwards: [{ ...TO_BACKEND, listen: '0.0.0.0:7300' }],
    steps: [
      { ...FROM_CLIENT, port: 7300, standing: true, expect: { ...ANSWER_OF_OWN, port: 7300 } },
      { ...FROM_CLIENT, port: 7300, expect: null },
    ],
  },
];

/** Who may use a forward, and what that must not touch. */
export const SOURCES: readonly Scenario[] = [
  ...[IPV4, IPV6].flatMap((addresses) =>
    (['tcp', 'udp'] as const).flatMap((protocol) => scenariosOf(addresses, protocol)),
  ),
  ...BESIDE,
];
