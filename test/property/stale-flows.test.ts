import { BlockList } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Forward } from '../../src/model/model.ts';
import type { Flow } from '../../src/flows/flow.ts';
import { selectorsOf, type Selector } from '../../src/flows/selectors.ts';
import { staleFlows } from '../../src/flows/stale.ts';
import { arbitraryModel } from '../support/arbitrary-model.ts';
import { RUNS, runs } from './runs.ts';

const MOST_PORT = 12;
const INTERFACES = new Map([
  ['192.0.2.1', ['eth0']],
  ['192.0.2.9', ['eth1']],
  ['2001:db8::1', ['eth0']],
  ['fe80::1', ['eth10']],
]);
const LOCAL = new Set(INTERFACES.keys());
const interfacesWith = (address: string): readonly string[] => INTERFACES.get(address) ?? [];

/** Few addresses and ports, so that flows meet forwards often. */
const ADDRESSES = {
  ip: ['192.0.2.1', '192.0.2.9', '198.51.100.7', '127.0.0.1', '10.0.0.2', '10.0.0.3'],
  ip6: ['2001:db8::1', '2001:db8:0:1::', '::1', '2001:db8:2::2', 'fe80::1', 'fe80::7'],
} as const;

const arbitraryFlow: fc.Arbitrary<Flow> = fc.constantFrom('ip' as const, 'ip6' as const).chain((family) => {
  const address = fc.constantFrom(...ADDRESSES[family]);
  const port = fc.integer({ min: 1, max: MOST_PORT + 4 });
  return fc
    .record({
      family: fc.constant(family),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      source: address,
      destination: address,
      sourcePort: fc.integer({ min: 1000, max: 1003 }),
      destinationPort: port,
      target: fc.option(fc.record({ replySource: address, replySourcePort: port }), { nil: undefined }),
    })
    .map(({ target, ...original }) => ({
      ...original,
      replySource: original.destination,
      replySourcePort: original.destinationPort,
      replyDestination: original.source,
      replyDestinationPort: original.sourcePort,
      ...target,
    }));
});

/** On the way that one of the forwards leads, or beside it by a port, or past it. */
function flowOf(forward: Forward): fc.Arbitrary<Flow> {
  const { family, protocols, target } = forward;
  const address = fc.constantFrom(...ADDRESSES[family]);
  return fc
    .record({
      listen: fc.constantFrom(...forward.listens),
      protocol: fc.constantFrom(...protocols),
      source: address,
      any: address,
      sourcePort: fc.integer({ min: 1000, max: 1003 }),
      offset: fc.nat(6),
      beside: fc.constantFrom(0, 0, 0, 0, 1),
      past: fc.boolean(),
    })
    .map(({ listen, protocol, source, any, sourcePort, offset, beside, past }) => {
      const destination = listen.address ?? any;
      const destinationPort = Math.min(listen.ports.first + offset, listen.ports.last);
      const shift = (target.ports?.first ?? listen.ports.first) - listen.ports.first;
      const original = { family, protocol, source, destination, sourcePort, destinationPort };
      const reply = { replyDestination: source, replyDestinationPort: sourcePort };
      return past
        ? { ...original, ...reply, replySource: destination, replySourcePort: destinationPort }
        : { ...original, ...reply, replySource: target.address, replySourcePort: destinationPort + shift + beside };
    });
}

/** Targets near the listens and on this host too, with shifts that stay near. */
const arbitraryForwards = fc
  .tuple(arbitraryModel(MOST_PORT), fc.array(fc.nat(5), { minLength: 8, maxLength: 8 }))
  .map(([{ forwards }, picks]) =>
    forwards.map((forward, index): Forward => {
      const pick = picks[index] ?? 0;
      const address = ADDRESSES[forward.family][pick % (forward.family === 'ip' ? 5 : 4)] ?? '';
      const ports = forward.listens[0]?.ports ?? { first: 1, last: 1 };
      const shifted = { first: ports.first + (pick % 3), last: ports.last + (pick % 3) };
      return {
        ...forward,
        target: {
          path: [],
          address,
          ...(pick % 2 === 0 || forward.target.ports === undefined ? {} : { ports: shifted }),
        },
      };
    }),
  );

/** Before and after share most of their forwards, as they do in life. */
const arbitraryChange = fc
  .tuple(arbitraryForwards, arbitraryForwards, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }))
  .map(([before, other, keep]) => ({
    before,
    after: [
      ...before.filter((_, index) => keep[index]).map((forward, index) => forAnother(forward, other[index])),
      ...other.filter((_, index) => keep[index] === false),
    ],
  }));

/** Some that are kept are for the clients of another. */
const forAnother = (forward: Forward, other: Forward | undefined): Forward =>
  other?.family === forward.family ? { ...forward, from: other.from } : forward;

/** No two of the same original tuple: conntrack would not have them. */
const arbitraryCase = arbitraryChange.chain((change) => {
  const forwards = [...change.before, ...change.after];
  return fc.tuple(
    fc.constant(change),
    fc.uniqueArray(fc.oneof(arbitraryFlow, ...forwards.map(flowOf)), {
      minLength: 20,
      maxLength: 150,
      selector: ({ protocol, source, sourcePort, destination, destinationPort }) =>
        [protocol, source, sourcePort, destination, destinationPort].join(' '),
    }),
    fc.boolean(),
  );
});

interface Lead {
  readonly forward: Forward;
  readonly to: string;
  /** The interface that is listened on. */
  readonly on: string | undefined;
}

const hasAddress = ({ on }: Lead, { destination }: Flow): boolean =>
  on === undefined || interfacesWith(destination).some((name) => matches(on, name));

/** All that could lead the flow, one forward and one port after the other. */
function leads(flow: Flow, forwards: readonly Forward[]): Lead[] {
  return forwards
    .filter(({ family, protocols }) => family === flow.family && protocols.includes(flow.protocol))
    .flatMap((forward) =>
      forward.listens.flatMap(({ address, interface: on, ports }) => {
        const inside = flow.destinationPort >= ports.first && flow.destinationPort <= ports.last;
        if (!inside || (address !== undefined && address !== flow.destination)) return [];
        const first = forward.target.ports?.first ?? ports.first;
        return [{ forward, on, to: `${forward.target.address} ${first + flow.destinationPort - ports.first}` }];
      }),
    );
}

const keyOf = ({ forward, to, on }: Lead): string => `${to} ${on} ${forward.interfaces.join(' ')}`;

const isHere = (address: string): boolean => LOCAL.has(address) || address.startsWith('127.') || address === '::1';

function oracle(flow: Flow, before: readonly Forward[], after: readonly Forward[], keep: boolean): boolean {
  if (keep && flow.protocol !== 'udp') return false;
  const goes = `${flow.replySource} ${flow.replySourcePort}`;
  const isLoopback = [flow.source, flow.destination].some((address) => address.startsWith('127.'));
  const can = leads(flow, after).filter(
    ({ forward }) => !isLoopback || forward.loopback || isHere(forward.target.address),
  );
  const lets = ({ forward }: Lead): boolean =>
    forward.from.length === 0 || isHere(flow.source) || forward.from.some((source) => isIn(source, flow.source));
  if (goes !== `${flow.destination} ${flow.destinationPort}`) {
    const by = leads(flow, before).filter(({ to }) => to === goes);
    const asBefore = (lead: Lead): boolean => by.some(({ on }) => on === lead.on);
    const still = can.filter((lead) => lead.to === goes && lets(lead) && (hasAddress(lead, flow) || asBefore(lead)));
    return by.some(({ forward }) => {
      const same = still.filter((lead) => lead.forward.masquerade === forward.masquerade).map((lead) => lead.forward);
      const names = forward.interfaces.length === 0 ? ['*'] : forward.interfaces;
      return !names.every((name) =>
        same.some(({ interfaces }) => interfaces.length === 0 || interfaces.some((wide) => matches(wide, name))),
      );
    });
  }
  if (flow.protocol !== 'udp' || flow.destination === '::1' || !isHere(flow.destination)) return false;
  const shut = leads(flow, after).filter((lead) => !lets(lead) && hasAddress(lead, flow));
  const own = flow.destination.startsWith('fe80:') && isHere(flow.source);
  const taken = can.filter(
    ({ forward, ...lead }) =>
      !own &&
      lets({ forward, ...lead }) &&
      hasAddress({ forward, ...lead }, flow) &&
      (!flow.source.startsWith('fe80:') || isHere(forward.target.address)),
  );
  const would = [...taken, ...shut];
  if (would.length === 0 || taken.some(({ to }) => to === goes)) return false;
  const known = new Set(leads(flow, before).map(keyOf));
  return would.some(({ forward }) => forward.interfaces.length === 0) || would.some((lead) => !known.has(keyOf(lead)));
}

const matches = (wide: string, name: string): boolean =>
  wide === name || (wide.endsWith('*') && name.startsWith(wide.slice(0, -1)));

function isIn(source: string, address: string): boolean {
  const [network = '', length] = source.split('/');
  const list = new BlockList();
  const family = network.includes(':') ? 'ipv6' : 'ipv4';
  list.addSubnet(network, length === undefined ? (family === 'ipv6' ? 128 : 32) : Number(length), family);
  return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

const isSelected = (flow: Flow, selector: Selector): boolean =>
  Object.entries(selector).every(([key, value]) => flow[key as keyof Flow] === value);

test(`the stale flows are those that one by one are found stale, and their names select no others (seed ${RUNS.seed})`, () => {
  let found = 0;
  let names = 0;
  fc.assert(
    fc.property(arbitraryCase, ([{ before, after }, flows, keepConnections]) => {
      const stale = staleFlows({ flows, before, after, localAddresses: LOCAL, interfacesWith, keepConnections });
      const expected = flows.filter((flow) => oracle(flow, before, after, keepConnections));
      expect(stale.map(({ flow }) => flow)).toEqual(expected);
      const selectors = selectorsOf(stale, flows);
      expect(flows.filter((flow) => selectors.some((selector) => isSelected(flow, selector)))).toEqual(expected);
      found += expected.length;
      names += selectors.length;
    }),
    runs(500),
  );
  expect(found).toBeGreaterThan(3 * RUNS.numRuns);
  expect(names).toBeLessThanOrEqual(found);
});
