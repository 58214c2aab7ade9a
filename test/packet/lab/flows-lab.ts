import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Heard, Protocol, Stream } from './agent.ts';
import { startLab, type Lab, type Machine } from './lab.ts';

/** Milliseconds between two messages of a stream. */
const EVERY = 10;
/** Milliseconds in which an answer comes in a busy lab. */
const MOMENT = 300;

export const FAMILIES = [
  {
    family: 'IPv4',
    any: '0.0.0.0',
    outside: '203.0.113.1',
    inside: '10.0.0.1',
    local: '192.168.0.2',
    client: '203.0.113.7',
    backend: '10.0.0.2',
    neighbour: '10.0.0.3',
  },
  {
    family: 'IPv6',
    any: '::',
    outside: '2001:db8:1::1',
    inside: '2001:db8:2::1',
    local: '2001:db8:3::2',
    client: '2001:db8:1::7',
    backend: '2001:db8:2::2',
    neighbour: '2001:db8:2::3',
  },
] as const;

/** Without rules of another program conntrack would fall asleep with the last of our tables, and so would the flows. */
const ANOTHER_PROGRAM = `
table inet another {
  chain prerouting { type filter hook prerouting priority 0; ct state new counter; }
  chain output { type filter hook output priority 0; ct state new counter; }
  chain nat { type nat hook prerouting priority -100; ip daddr 203.0.113.1 meta l4proto { tcp, udp } th dport 8000 dnat ip to 10.0.0.3:5000; }
}`;

type Open = (from: Machine, protocol: Protocol, to: string, port: number) => Promise<Stream>;

/** A lab in which connections and datagrams go on and on. */
export interface FlowsLab {
  readonly lab: Lab;
  /** A stream that has had the time to begin. */
  readonly open: Open;
  readonly apply: (forwards: readonly object[], ...options: readonly string[]) => Promise<void>;
  /** The portfwd table, all streams and all conntrack entries are gone. */
  readonly clear: () => Promise<void>;
}

export async function startFlowsLab(): Promise<FlowsLab> {
  const lab = await startLab();
  await Promise.all(SERVICES.map(async ({ on, ...service }) => lab.agents[on].serve({ ...service, hold: true })));
  await Promise.all(FAMILIES.map(async ({ local }) => lab.agents.host.serve({ ...SLOW, address: local })));
  await lab.sh('host', `nft -f - <<'EOF'${ANOTHER_PROGRAM}\nEOF`);
  const streams: Stream[] = [];
  return {
    lab,
    open: async (from, protocol, to, port) => {
      const stream = await lab.agents[from].stream({ protocol, to, port, every: EVERY });
      streams.push(stream);
      await sleep(MOMENT);
      return stream;
    },
    apply: async (forwards, ...options) => {
      const model = modelOf(forwards);
      const { exitCode, stderr } = await lab.portfwd(['apply', ...options], model);
      const covers = exitCode === 1 && stderr.includes('[host/listener-covered]');
      const said = covers ? await lab.force(model, ...options) : stderr;
      if (!covers) expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
      expect(said).not.toContain('connections that began before');
    },
    clear: async () => {
      await Promise.all(streams.splice(0).map(async (stream) => stream.end()));
      expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0 });
      await lab.sh('host', 'conntrack -F 2>/dev/null');
    },
  };
}

const SERVICES = FAMILIES.flatMap(({ client, local, backend, neighbour }) =>
  [
    { on: 'client' as const, address: client, ports: [5000] },
    { on: 'host' as const, address: local, ports: [5000, 5001] },
    { on: 'backend' as const, address: backend, ports: [5000, 5001, 5002, 6003, 6011, 6021] },
    { on: 'neighbour' as const, address: neighbour, ports: [5000, 5001, 6003, 6011] },
  ].flatMap(({ ports, ...where }) =>
    ports.flatMap((port) => (['tcp', 'udp'] as const).map((protocol) => ({ ...where, port, protocol }))),
  ),
);

/** Half of the time an answer of it is under way. */
const SLOW = { protocol: 'udp', port: 5005, delay: EVERY / 2 } as const;

export const modelOf = (forwards: readonly object[]): string => `${JSON.stringify({ version: 1, forwards })}\n`;

/** `10.0.0.2:5000`, `[2001:db8:2::2]`. */
export function at(address: string, port?: string | number): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
}

/** Answered until now, and by this service alone: `backend 5000`. */
export async function expectAlive(stream: Stream, who: string, name = ''): Promise<void> {
  const { sent } = await stream.heard();
  await sleep(MOMENT);
  const { answers, closed } = await stream.heard();
  const fresh = answers.filter(({ number }) => number > sent);
  expect({ name, closed, who: [...new Set(fresh.map(whoOf))] }).toEqual({ name, closed: false, who: [who] });
}

/** Not answered any more. */
export async function expectSilent(stream: Stream, name = ''): Promise<void> {
  const { answers } = await stream.heard();
  await sleep(MOMENT);
  const later = await stream.heard();
  expect({ name, more: later.answers.length - answers.length }).toEqual({ name, more: 0 });
}

/**
 * Called as soon as the command has returned: this service answers one of the next three datagrams, and none
 * was lost on the way but three.
 */
export async function expectMoved(stream: Stream, who: string, name = ''): Promise<void> {
  const before = await stream.heard();
  await sleep(MOMENT);
  const { answers } = await stream.heard();
  const first = answers.find((answer) => whoOf(answer) === who)?.number ?? Number.POSITIVE_INFINITY;
  expect(first, name).toBeLessThanOrEqual(before.sent + 3);
  expect(whoOf(answers.at(-1)), name).toBe(who);
  const numbers = answers.map(({ number }) => number).sort((a, b) => a - b);
  const lost = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1 - new Set(numbers).size;
  expect(lost, name).toBeLessThanOrEqual(3);
}

const whoOf = (answer: Heard['answers'][number] | undefined): string | undefined =>
  answer && `${answer.who} ${answer.port}`;
