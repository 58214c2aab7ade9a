import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Protocol } from '../lab/agent.ts';
import { at, FAMILIES, startFlowsLab, type FlowsLab } from '../lab/flows-lab.ts';
import type { Machine } from '../lab/lab.ts';
import { until } from '../lab/until.ts';

const APPLIES = Number(process.env['PORTFWD_APPLIES'] ?? 10);

let flows: FlowsLab;
beforeAll(async () => {
  flows = await startFlowsLab();
  for (const machine of ['client', 'neighbour', 'host'] as const) await flows.lab.sh(machine, WITNESS);
});
afterEach(async () => {
  await flows.clear();
  for (const machine of ['client', 'neighbour', 'host'] as const)
    await flows.lab.sh(machine, 'nft reset counters >/dev/null');
});
afterAll(async () => flows.lab.stop());

/** Counts on the machine of the client what goes out to the listens, and what comes back. */
const LISTENS = '6000-6009';
const WITNESS = `nft -f - <<'EOF'
table inet witness {
  counter sent { }
  counter replies { }
  chain sending { type filter hook output priority -400; meta l4proto { tcp, udp } th dport ${LISTENS} counter name sent; }
  chain receiving { type filter hook input priority 400; meta l4proto { tcp, udp } th sport ${LISTENS} counter name replies; }
}
EOF`;

interface Counts {
  readonly packets: number;
  readonly bytes: number;
}

interface Stats {
  readonly counting: string;
  readonly forwards: readonly {
    readonly name: string;
    readonly connections: number;
    readonly open?: number;
    readonly received: Counts;
    readonly sent: Counts;
    readonly clients?: readonly { readonly address: string; readonly open: number }[];
  }[];
}

async function stats(...args: readonly string[]): Promise<Stats> {
  const { exitCode, stdout, stderr } = await flows.lab.portfwd(['stats', '--json', ...args]);
  expect(`${exitCode} ${stderr}`).toBe('0 ');
  return JSON.parse(stdout) as Stats;
}

async function witnessed(machine: Machine): Promise<{ readonly received: Counts; readonly sent: Counts }> {
  const listing = JSON.parse(await flows.lab.sh(machine, 'nft -j list counters table inet witness')) as {
    readonly nftables: readonly { readonly counter?: Counts & { readonly name: string } }[];
  };
  const of = (name: string): Counts => {
    const found = listing.nftables.find(({ counter }) => counter?.name === name)?.counter;
    return { packets: found?.packets ?? -1, bytes: found?.bytes ?? -1 };
  };
  return { received: of('sent'), sent: of('replies') };
}

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
  test.each(cases)(`${family}: %s: no byte is lost while other forwards change`, async (_, from, to, target) => {
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
    await until('nothing is on its way', async () => {
      const before = await witnessed(from);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return JSON.stringify(before) === JSON.stringify(await witnessed(from));
    });
    const { forwards } = await stats();
    expect(forwards[0]).toMatchObject({ name, connections: 2, ...(await witnessed(from)) });
    expect(forwards[1]).toMatchObject({ connections: 0, received: { packets: 0, bytes: 0 } });
  });
}
