import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Protocol, Stream } from '../lab/agent.ts';
import { at, FAMILIES } from '../lab/flows-lab.ts';
import type { Machine } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { startCountersLab, type CountersLab } from './counters-lab.ts';

/** `PORTFWD_APPLIES=100` makes it a proof. */
const APPLIES = Number(process.env['PORTFWD_APPLIES'] ?? 10);

let flows: CountersLab;
beforeAll(async () => {
  flows = await startCountersLab();
});
afterAll(async () => flows.lab.stop());

const PROTOCOLS = ['tcp', 'udp'] as const satisfies readonly Protocol[];
const other = (port: number): object => ({ listen: at('0.0.0.0', port), target: '10.0.0.3:5002' });

/** Each path has a forward of its own: name, who connects, to which address, and the forward. */
const PATHS = FAMILIES.flatMap(({ family, any, outside, inside, local, backend }) => {
  const paths: readonly (readonly [string, Machine, string, string])[] = [
    ['client to another host', 'client', outside, backend],
    ['client to this host', 'client', outside, local],
    ['neighbour to its own subnet', 'neighbour', inside, backend],
    ['this host to another host', 'host', outside, backend],
    ['this host to itself', 'host', outside, local],
  ];
  return paths.map(([path, from, to, target]) => ({ path: `${family}: ${path}`, from, to, any, target }));
}).map((path, index) => ({ ...path, name: `used-${index}`, port: 6000 + index }));

const FORWARDS = PATHS.map(({ name, any, port, target }) => ({
  name,
  protocol: PROTOCOLS,
  listen: at(any, port),
  target: at(target, 5000),
}));

/** It is answered, also after what was done last. */
async function untilAnswered(stream: Stream): Promise<void> {
  const { sent } = await stream.heard(Number.MAX_SAFE_INTEGER);
  await until('it is answered', async () => (await stream.heard(sent)).answers.length > 3);
}

test(
  `no byte is lost on any of ${PATHS.length} paths while other forwards change ${APPLIES} times`,
  async () => {
    await flows.apply(FORWARDS);
    const streams = await Promise.all(
      PATHS.flatMap(({ from, to, port }) => PROTOCOLS.map(async (protocol) => flows.open(from, protocol, to, port))),
    );
    for (let turn = 0; turn < APPLIES; turn += 1) await flows.apply([...FORWARDS, other(7000 + turn)]);
    await Promise.all(streams.map(untilAnswered));
    await Promise.all(streams.map(async (stream) => stream.end()));
    const expected = await Promise.all(
      PATHS.map(async ({ path, name, from, port }) => ({
        path,
        name,
        connections: 2,
        ...(await flows.witnessed(from, port)),
      })),
    );
    const { forwards } = await flows.stats();
    const counted = PATHS.map(({ path, name }) => {
      const { connections, received, sent } = forwards.find((forward) => forward.name === name) ?? {};
      return { path, name, connections, received, sent };
    });
    const bytes = expected.reduce((sum, { received, sent }) => sum + received.bytes + sent.bytes, 0);
    console.log(`${PATHS.length} paths, ${APPLIES} applies: ${bytes} bytes were sent and got`);
    expect(counted).toEqual(expected);
    expect(forwards.at(-1)).toMatchObject({ connections: 0, received: { packets: 0, bytes: 0 } });
  },
  60_000 + APPLIES * 24_000,
);
