import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emitJson } from '../../src/emit/json.ts';
import { lower } from '../../src/lower/lower.ts';
import type { Packet } from '../../src/simulate/packet.ts';
import { simulate, type Simulation } from '../../src/simulate/simulate.ts';
import { LAB_HOST, labRoute, MANY_ROUTES, MARKED, MARKED_ROUTES, NO_ROUTER } from '../property/lab-host.ts';
import { expectedResult, simulatedResult } from '../property/expected.ts';
import { modelText, parsed, soundPart } from '../property/random-model.ts';
import { shoot, shots } from '../property/random-packet.ts';
import { CASES, RUNS } from '../property/runs.ts';
import { watchConnections, type ConnectionWatch } from './lab/connections.ts';
import { startLab, type Lab } from './lab/lab.ts';
import { connectionOf, sendable, startOf, senderOf, type Sent } from './lab/real-packet.ts';

const FACTS = [LAB_HOST, MANY_ROUTES, MARKED, NO_ROUTER, undefined];

/** Milliseconds: long enough for a busy machine, since no sound case waits for it. */
const PATIENCE = 5000;

/**
 * So that loopback connections may leave, the far targets have a route, conntrack works without a ruleset, and a clamped
 * MSS is seen: the machines behind in0 offer more than fits through it.
 */
const HOST = `
  ip link set in0 mtu 1400
  for link in all out0 in0 svc0; do sysctl -qw net.ipv4.conf.$link.route_localnet=1 net.ipv4.conf.$link.rp_filter=0; done
  ip address add fe80::1/64 dev out0 nodad
  ip route add default via 203.0.113.7
  ip route add 198.51.100.0/24 via 203.0.113.7
  ip route add 198.51.100.128/25 via 10.0.0.3
  ip route add 2001:db8:9::/64 via fe80::7 dev out0
  for route in ${MARKED_ROUTES.map(({ prefix, via }) => `'${prefix} via ${via}'`).join(' ')}; do ip route add $route table 7; done
  ip rule add fwmark 7 lookup 7; ip -6 rule add fwmark 7 lookup 7
  nft 'add table inet lab; add chain inet lab marking { type filter hook prerouting priority -150; }'
  nft 'add rule inet lab marking iifname "in0" meta l4proto tcp meta mark set 7'
  nft 'add chain inet lab arriving { type filter hook prerouting priority 300; }'
  nft 'add chain inet lab sending { type filter hook output priority 300; }'
  nft 'add rule inet lab arriving ct state new; add rule inet lab sending ct state new'
  nft 'add set inet lab small { type inet_service; flags dynamic; size 65535; }'
  nft 'add chain inet lab leaving { type filter hook postrouting priority 400; }'
  nft 'add rule inet lab leaving tcp flags & (syn|rst) == syn tcp option maxseg size < 1400 update @small { tcp sport }'
`;

/** The client holds the far addresses, and reaches 127.0.0.0/8 over the wire as an attacker would. */
const CLIENT = `
  ip address add fe80::7/64 dev eth0 nodad
  ip address add 198.51.100.20/32 dev lo
  ip address add 192.0.2.20/32 dev lo
  ip address add 2001:db8:9::20/128 dev lo nodad
  ip route delete local 127.0.0.0/8 dev lo table local
  ip route delete local 127.0.0.1 dev lo table local
  ip route add 127.0.0.0/8 via 203.0.113.1
  sysctl -qw net.ipv4.conf.all.route_localnet=1
`;

/** A router too. */
const NEIGHBOUR = 'ip address add 198.51.100.130/32 dev lo';

let lab: Lab;
let watch: ConnectionWatch;
beforeAll(async () => {
  lab = await startLab();
  await Promise.all([lab.sh('host', HOST), lab.sh('client', CLIENT), lab.sh('neighbour', NEIGHBOUR)]);
  watch = await watchConnections();
});
afterAll(async () => {
  await watch.stop();
  await lab.stop();
});

test(
  `the kernel does with ${CASES} packets what the model means (seed ${RUNS.seed})`,
  { timeout: 3_600_000 },
  async () => {
    const inputs = fc.record({
      text: modelText,
      some: shots(40),
      facts: fc.constantFrom(...FACTS),
    });
    const stream = fc.sample(inputs, { seed: RUNS.seed, numRuns: CASES });
    let cases = 0;
    for (const { text, some, facts } of stream) {
      const model = soundPart(parsed(text), facts);
      const ruleset = lower(model, facts);
      const packets = some.map((shot) => sendable(shoot(shot, model))).filter((packet) => packet !== undefined);
      const sent = packets.slice(0, CASES - cases).map((packet): Sent => {
        const simulation = simulate(ruleset, packet, labRoute(packet));
        const shown = { text, facts: FACTS.indexOf(facts), packet };
        expect({ ...shown, ...simulatedResult(simulation) }).toEqual({
          ...shown,
          ...expectedResult(model, facts, packet),
        });
        return { packet, simulation, start: startOf(packet) };
      });
      await load(emitJson(ruleset).text);
      await send(sent);
      const small = await smallSenders();
      for (const { packet, simulation, start } of sent) {
        const expected = connectionOf(packet, simulation);
        const seen = await watch.find(start, expected === undefined ? 0 : PATIENCE);
        const shown = { text, facts: FACTS.indexOf(facts), packet };
        expect({ ...shown, seen }).toEqual({ ...shown, seen: expected });
        // The host itself knows the MTU when it sends.
        const fits = expected !== undefined && isClamped(packet, simulation);
        if (packet.path === 'incoming')
          expect({ ...shown, fits: small.has(start.fromPort) }).toEqual({ ...shown, fits });
      }
      cases += sent.length;
      if (cases >= CASES) return;
    }
    throw new Error(`only ${cases} cases`);
  },
);

async function load(json: string): Promise<void> {
  const file = join(lab.directory, 'ruleset.json');
  writeFileSync(file, json);
  await lab.sh('host', `conntrack -F 2>&1; nft flush set inet lab small; nft -j -f ${file}`);
}

const isClamped = ({ iifname }: Packet, { clamped, local, oifname }: Simulation): boolean =>
  clamped && !local && [iifname, oifname].includes('in0');

/** The ports from which connections left that the host lets offer no more than fits through in0. */
async function smallSenders(): Promise<ReadonlySet<number>> {
  const { nftables } = JSON.parse(await lab.sh('host', 'nft -j list set inet lab small')) as {
    readonly nftables: readonly { readonly set?: { readonly elem?: readonly number[] } }[];
  };
  return new Set(nftables.flatMap(({ set }) => set?.elem ?? []));
}

/** Behind the packets of every machine goes one that no forward takes: when that was seen, so were the others. */
async function send(sent: readonly Sent[]): Promise<void> {
  const senders = new Set(sent.map(({ packet }) => senderOf(packet)));
  for (const machine of senders) {
    const starts = sent.filter(({ packet }) => senderOf(packet) === machine).map(({ start }) => start);
    await lab.agents[machine].send(starts);
    const last = startOf({
      path: 'incoming',
      protocol: 'udp',
      source: LAST_SOURCE[machine],
      destination: '203.0.113.1',
      destinationPort: 9,
      syn: true,
    });
    await lab.agents[machine].send([last]);
    if ((await watch.find(last, PATIENCE)) === undefined) throw new Error(`nothing of ${machine} reaches the host`);
  }
}

const LAST_SOURCE = { client: '203.0.113.7', host: '203.0.113.1', backend: '10.0.0.2', neighbour: '10.0.0.3' };
