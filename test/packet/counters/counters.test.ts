import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Protocol } from '../lab/agent.ts';
import { at, FAMILIES } from '../lab/flows-lab.ts';
import type { Machine } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { startCountersLab, type CountersLab } from './counters-lab.ts';

const APPLIES = Number(process.env['PORTFWD_APPLIES'] ?? 10);

let flows: CountersLab;
beforeAll(async () => {
  flows = await startCountersLab();
});
afterEach(async () => {
  await flows.clear();
  await flows.forget();
});
afterAll(async () => flows.lab.stop());

let number = 0;
const PROTOCOLS = ['tcp', 'udp'] as const satisfies readonly Protocol[];
const other = (port: number): object => ({ listen: at('0.0.0.0', port), target: '10.0.0.3:5002' });

for (const { family, any, outside, inside, local, backend } of FAMILIES) {
  const cases: readonly (readonly [string, Machine, string, string])[] = [
    ['client to another host', 'client', outside, backend],
    ['client to this host', 'client', outside, local],
    ['neighbour to its own subnet', 'neighbour', inside, backend],
    ['this host to another host', 'host', outside, backend],
    ['this host to itself', 'host', outside, local],
  ];
  test.each(cases)(
    `${family}: %s: no byte is lost while other forwards change`,
    async (_, from, to, target) => {
      const name = `used-${(number += 1)}`;
      const forward = { name, protocol: PROTOCOLS, listen: at(any, 6000), target: at(target, 5000) };
      await flows.apply([forward]);
      const streams = await Promise.all(PROTOCOLS.map(async (protocol) => flows.open(from, protocol, to, 6000)));
      for (let turn = 0; turn < APPLIES; turn += 1) await flows.apply([forward, other(7000 + turn)]);
      await until('all streams were answered', async () => {
        const heard = await Promise.all(streams.map(async (stream) => stream.heard()));
        return heard.every(({ answers }) => answers.length > 3);
      });
      await Promise.all(streams.map(async (stream) => stream.end()));
      const traffic = await flows.witnessed(from);
      const { forwards } = await flows.stats();
      expect(forwards[0]).toMatchObject({ name, connections: 2, ...traffic });
      expect(forwards[1]).toMatchObject({ connections: 0, received: { packets: 0, bytes: 0 } });
    },
    APPLIES * 24_000,
  );
}
