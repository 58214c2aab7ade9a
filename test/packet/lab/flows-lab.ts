import { expect } from 'vitest';
import type { Heard, Protocol, Stream } from './agent.ts';
import { startLab, type Lab, type Machine } from './lab.ts';
import { until } from './until.ts';

/** Milliseconds between two messages of a stream. */
const EVERY = 20;
/** After so many more messages without an answer a stream counts as silent. */
const SILENCE = 20;

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
  /** A stream that has begun to send. */
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
      await until('it sends', async () => (await stream.heard()).sent >= 3);
      return stream;
    },
    apply: async (forwards, ...options) => {
      const model = modelOf(forwards);
      const { exitCode, stderr } = await lab.portfwd(['apply', '--allow-removals', ...options], model);
      const covers = exitCode === 1 && stderr.includes('[host/listener-covered]');
      const said = covers ? await lab.force(model, '--allow-removals', ...options) : stderr;
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

/** Messages sent from now on are answered, and only by this service: `backend 5000`. */
export async function expectAlive(stream: Stream, who: string, name = ''): Promise<void> {
  const { sent } = await stream.heard();
  const { answers, closed } = await heardUntil(stream, sent, name, (heard) => heard.closed || heard.answers.length > 0);
  expect({ name, closed, who: [...new Set(answers.map(whoOf))] }).toEqual({ name, closed: false, who: [who] });
}

/** Messages sent from now on are not answered. */
export async function expectSilent(stream: Stream, name = ''): Promise<void> {
  const { sent } = await stream.heard();
  const { answers } = await heardUntil(stream, sent, name, (heard) => heard.closed || heard.sent >= sent + SILENCE);
  expect({ name, answers }).toEqual({ name, answers: [] });
}

/**
 * All datagrams sent from now on are answered by this service. Earlier ones may be lost, but only those that were on
 * their way when the forward changed: between the last answer of the old service and the first of the new one.
 */
export async function expectMoved(stream: Stream, who: string, name = ''): Promise<void> {
  const { sent } = await stream.heard();
  await heardUntil(stream, sent + 3, name, ({ answers }) => answers.length > 0);
  const { answers } = await stream.heard();
  const byNumber = new Map(answers.map((answer) => [answer.number, whoOf(answer)]));
  const last = Math.max(...byNumber.keys());
  const since = numbers(sent + 1, last);
  expect({ name, who: since.map((number) => byNumber.get(number)) }).toEqual({ name, who: since.map(() => who) });
  const before = numbers(1, sent);
  const lastOld = [...before].reverse().find((number) => ![who, undefined].includes(byNumber.get(number))) ?? 0;
  const lost = before.filter((number) => number < lastOld && !byNumber.has(number));
  expect({ name, lost }).toEqual({ name, lost: [] });
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

/** With the answers to messages after this number. */
async function heardUntil(
  stream: Stream,
  after: number,
  name: string,
  isEnough: (heard: Heard) => boolean,
): Promise<Heard> {
  let heard = await stream.heard(after);
  await until(`enough is heard: ${name}`, async () => isEnough((heard = await stream.heard(after))));
  return heard;
}

const whoOf = (answer: Heard['answers'][number] | undefined): string | undefined =>
  answer && `${answer.who} ${answer.port}`;
