import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hostRoute } from '../../../src/explain/packet.ts';
import { lower } from '../../../src/lower/lower.ts';
import { isLoopback } from '../../../src/model/address.ts';
import { isLocal, type HostFacts } from '../../../src/model/host-facts.ts';
import type { Model } from '../../../src/model/model.ts';
import type { Packet } from '../../../src/simulate/packet.ts';
import { expectationsOf, sourceOf, type Expectation } from '../../../src/tryout/expectation.ts';
import { parseHostFacts } from '../../../src/parse/host-facts.ts';
import { probesOf } from '../../../src/tryout/probes.ts';
import { worldOf } from '../../../src/tryout/world.ts';
import type { Answer } from '../../packet/lab/agent.ts';
import { FEATURES } from '../../packet/scenarios/features.ts';
import { LISTEN_INTERFACE } from '../../packet/scenarios/listen-interface.ts';
import { modelOf as textOf, stepName, type Step } from '../../packet/scenarios/scenario.ts';
import { SCENARIOS } from '../../packet/scenarios/scenarios.ts';
import { isDropped, expectedTranslation } from '../../property/oracle.ts';
import { LAB_HOST } from '../../property/lab-host.ts';
import { modelOf } from '../../support/model.ts';

/** The host of the packet scenarios, with what extra-addresses.ts adds. */
const HOST: HostFacts = {
  ...LAB_HOST,
  addresses: [...LAB_HOST.addresses, { interface: 'in0', address: '10.0.0.9', prefixLength: 32 }],
  routed: [
    ...(LAB_HOST.routed ?? []),
    { prefix: '10.0.0.77/32', via: '203.0.113.7', interface: 'out0' },
    { prefix: '2001:db8:2::77/128', via: '2001:db8:1::7', interface: 'out0' },
  ],
};

const MACHINES = {
  client: { iifname: 'out0', ip: '203.0.113.7', ip6: '2001:db8:1::7' },
  backend: { iifname: 'in0', ip: '10.0.0.2', ip6: '2001:db8:2::2' },
  neighbour: { iifname: 'in0', ip: '10.0.0.3', ip6: '2001:db8:2::3' },
};

function packetOf({ from, fromAddress, to, port, protocol }: Step): Packet {
  const rest = { protocol, destination: to, destinationPort: port, syn: true } as const;
  if (from === 'host') return { ...rest, path: 'own', source: fromAddress ?? to };
  const { iifname, ip, ip6 } = MACHINES[from];
  return { ...rest, path: 'incoming', iifname, source: fromAddress?.split('%')[0] ?? (to.includes(':') ? ip6 : ip) };
}

/** Undefined: the service that answers in the scenario is what `try` expects. */
function differenceOf(expectation: Expectation, { expect: answer }: Step, packet: Packet): string | undefined {
  const text = `${JSON.stringify(expectation)} instead of ${JSON.stringify(answer)}`;
  if (expectation.kind === 'none') return answer === null || isUntouched(answer, packet) ? undefined : text;
  if (expectation.kind !== 'answer') return answer === null ? undefined : text;
  const { at, masqueraded } = expectation;
  if (answer?.at !== at.address || answer.port !== at.port) return text;
  const isHost = isLoopback(answer.sees) || isLocal(HOST, answer.sees);
  return (masqueraded ? isHost : answer.sees === sourceOf(packet)) ? undefined : text;
}

/** A service of the host itself, on the address and port of the packet. */
const isUntouched = ({ at, port }: Answer, { destination, destinationPort }: Packet): boolean =>
  at === destination && port === destinationPort;

test('what try expects is what the packet scenarios show', () => {
  let compared = 0;
  const differences = [...SCENARIOS, ...FEATURES, ...LISTEN_INTERFACE].flatMap((scenario) => {
    const { name, steps, added, turnsRoutingOn } = scenario;
    // What try does not show: addresses that come later, a host that does not route, and sizes of packets.
    if (added !== undefined || turnsRoutingOn === true) return [];
    const model = modelOf(textOf(scenario));
    const route = hostRoute(HOST);
    const world = worldOf(model.forwards, HOST, route);
    return steps
      .filter(({ to, standing, large }) => isLocal(HOST, to) && standing !== true && large !== true)
      .flatMap((step) => {
        const packet = packetOf(step);
        const [forward] = model.forwards;
        if (forward === undefined) return [];
        const link = world.links.find((one) => packet.path === 'incoming' && one.interface === packet.iifname);
        const [one] = expectationsOf([{ forward, path: 'outside', link, packet }], lower(model, HOST), world, route);
        compared += 1;
        const difference = one && differenceOf(one.expectation, step, packet);
        return difference === undefined ? [] : [`${name}: ${stepName(step)}: ${difference}`];
      });
  });
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(200);
});

const RULESETS = new URL('../../../rulesets/', import.meta.url).pathname;

function factsFor(name: string): HostFacts {
  const path = `${RULESETS}${name}/host-facts.json`;
  const facts = existsSync(path) ? parseHostFacts(readFileSync(path, 'utf8')) : HOST;
  if (facts === undefined) throw new Error(`no facts for ${name}`);
  return facts;
}

/** The same words for what `try` expects and for what the oracle says. */
function wordsOf(model: Model, facts: HostFacts, packet: Packet): object | string {
  if (isDropped(model, facts, facts, packet)) return 'dropped';
  const { address, port, masqueraded } = expectedTranslation(model, facts, facts, packet) ?? {};
  return address === undefined ? 'none' : { address, port, masqueraded };
}

test.each(readdirSync(RULESETS))('%s: what try expects is what the file says, read independently', (name) => {
  const model = modelOf(readFileSync(`${RULESETS}${name}/portfwd.yaml`, 'utf8'));
  const facts = factsFor(name);
  const route = hostRoute(facts);
  const forwards = model.forwards.filter(({ enabled }) => enabled);
  const world = worldOf(forwards, facts, route);
  const probes = probesOf(forwards, world).flatMap((one) => ('why' in one ? [] : [one]));
  for (const { probe, expectation } of expectationsOf(probes, lower(model, facts), world, route)) {
    const packet = { ...probe.packet, source: sourceOf(probe.packet) };
    const words = wordsOf(model, facts, packet);
    if (expectation.kind !== 'answer') {
      const wanted = expectation.kind === 'around' ? expect.objectContaining({ masqueraded: false }) : expectation.kind;
      expect({ packet, words }).toEqual({ packet, words: wanted });
      continue;
    }
    const { at, masqueraded } = expectation;
    // The oracle knows no marks but those of the lab.
    const wanted = { address: at.address, port: at.port, ...(facts.marked === undefined ? { masqueraded } : {}) };
    expect({ packet, words }).toMatchObject({ packet, words: wanted });
  }
});
