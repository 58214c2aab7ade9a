import { expect, test } from 'vitest';
import { compareTables, type TableDifference } from '../../../src/compare/tables.ts';
import { emitJson, MARKER_PREFIX } from '../../../src/emit/json.ts';
import { lower } from '../../../src/lower/lower.ts';
import type { Model } from '../../../src/model/model.ts';
import { soleEntry, type Json, type NftObject } from '../../../src/nft-json/objects.ts';
import { fileOf, modelOf } from '../../support/model.ts';

/** The objects of the ruleset, as a listing of nft has them. */
function objectsOf(model: Model): readonly NftObject[] {
  const { nftables } = JSON.parse(emitJson(lower(model)).text) as { nftables: readonly { add?: Json }[] };
  return nftables
    .flatMap(({ add }) => (add === undefined ? [] : [soleEntry(add)]))
    .filter(({ kind, body }) => kind !== 'chain' || !String(body['name']).startsWith(MARKER_PREFIX));
}

type Change = (object: NftObject) => readonly NftObject[];

/** The kernel holds the ruleset of these forwards after the change; the desired ruleset is that of the others. */
function compared(kernel: readonly string[], desired: readonly string[], change: Change = (one) => [one]) {
  const model = modelOf(fileOf(...desired));
  const listing = objectsOf(modelOf(fileOf(...kernel))).flatMap(change);
  return compareTables(listing, objectsOf(model), lower(model), model.forwards);
}

const mappings = (difference: TableDifference): string[] =>
  difference.mappings.map((one) => {
    const { protocol, address = '*', ports, interfaces } = one.mapping;
    const listen = [protocol, ...interfaces, address, `${ports.first}-${ports.last}`].join(' ');
    const targets = ('found' in one ? [one.found, one.mapping] : [one.mapping]).map(
      ({ target }) => `${target.address}:${target.port}`,
    );
    return `${one.kind} ${'forward' in one ? one.forward : '-'} ${listen} ${targets.join(' => ')}`;
  });

const WEB = '{name: web, listen: 8000-8002, target: "10.0.0.2:9000-9002"}';
const DNS = '{name: dns, protocol: [tcp, udp], listen: "192.0.2.1:53", target: 10.0.0.4}';
const LONG = '{name: long, listen: 9000-9100, target: 10.0.0.3, interface: [eth0, eth1]}';

const reversed: Change = ({ kind, body }) => [
  { kind, body: Array.isArray(body['elem']) ? { ...body, handle: 7, elem: [...body['elem']].reverse() } : body },
];

test('the order of elements and the handles do not count', () => {
  expect(compared([WEB, DNS, LONG], [WEB, DNS, LONG], reversed)).toEqual({ mappings: [], objects: [] });
});

test('the ports of a range that differ alike are one difference', () => {
  expect(mappings(compared([WEB.replace('.2:', '.9:'), DNS], [WEB, DNS]))).toEqual([
    'wrong-target web tcp * 8000-8002 10.0.0.9:9000 => 10.0.0.2:9000',
  ]);
});

test('a forward that the kernel does not have, and one that only the kernel has', () => {
  expect(mappings(compared([WEB, LONG], [WEB, DNS]))).toEqual([
    'missing dns tcp 192.0.2.1 53-53 10.0.0.4:53',
    'missing dns udp 192.0.2.1 53-53 10.0.0.4:53',
    'unexpected - tcp eth0 eth1 * 9000-9100 10.0.0.3:kept',
  ]);
});

const dropPorts: Change = ({ kind, body }) =>
  kind === 'map' && body['name'] === 'pf_port4' ? [{ kind, body: { ...body, elem: [] } }] : [{ kind, body }];

test('an element without its port has no target port', () => {
  expect(mappings(compared([WEB], [WEB], dropPorts))).toEqual([
    'wrong-target web tcp * 8000-8002 10.0.0.2:undefined => 10.0.0.2:9000',
  ]);
});

test('a different comment is a difference of its own', () => {
  const other = WEB.replace('name: web,', 'name: other,');
  expect(compared([other], [WEB]).mappings).toMatchObject([{ kind: 'comment', forward: 'web' }]);
});

const inChain =
  (name: string, rules: readonly unknown[][]): Change =>
  (object) =>
    object.kind === 'chain' && object.body['name'] === name
      ? [object, ...rules.map((expr) => ({ kind: 'rule', body: { chain: name, expr } }))]
      : [object];

const withoutRules: Change = (object) => (object.kind === 'rule' ? [] : [object]);

test('a rule that was added, and a chain without its rules', () => {
  const added = inChain('pf_dispatch', [[{ return: null }]]);
  expect(compared([WEB], [WEB], added)).toEqual({
    mappings: [],
    objects: [{ kind: 'rule', change: 'added', chain: 'pf_dispatch', rule: 'return' }],
  });
  const { objects } = compared([WEB], [WEB], withoutRules);
  expect(objects).toContainEqual(expect.objectContaining({ kind: 'all-rules', change: 'removed' }));
});

const priority: Change = ({ kind, body }) => [
  { kind, body: body['hook'] === 'prerouting' && body['type'] === 'nat' ? { ...body, prio: -90 } : body },
];

test('rules in another order, and a chain with another priority', () => {
  expect(compared([WEB], [WEB], priority).objects).toMatchObject([
    { kind: 'object', change: 'changed', what: 'chain', detail: 'prio -90 instead of -105' },
  ]);
  const objects = objectsOf(modelOf(fileOf(WEB)));
  const rules = objects.filter(({ kind }) => kind === 'rule');
  const listing = [...objects.filter(({ kind }) => kind !== 'rule'), ...[...rules].reverse()];
  const model = modelOf(fileOf(WEB));
  expect(compareTables(listing, objects, lower(model), model.forwards).objects).toContainEqual(
    expect.objectContaining({ kind: 'rule-order', change: 'changed' }),
  );
});

const emptied: Change = ({ kind, body }) => {
  const { elem, ...rest } = body;
  return [{ kind, body: kind === 'set' && elem !== undefined ? rest : body }];
};

test.each([
  ['', { interfaces: [], listenInterface: 'ppp0' }],
  [', interface: ppp0', { interfaces: ['ppp0'], listenInterface: 'ppp0' }],
  [', interface: [lan0, lan1]', { interfaces: ['lan0', 'lan1'], listenInterface: 'ppp0' }],
  [', interface: [lan0, ppp0]', { interfaces: ['lan0', 'ppp0'], listenInterface: 'ppp0' }],
])('a listen on an interface is read back, with "%s"', (more, expected) => {
  const items = [`{name: web, listen: "ppp0:443", target: 10.0.0.3${more}}`, '"eth0:443:10.0.0.3"'];
  const [missing, ...others] = compared(items.slice(1), items).mappings;
  expect(others).toEqual([]);
  expect(missing).toMatchObject({ kind: 'missing', forward: 'web', mapping: { ...expected, address: undefined } });
});

test('an element of a set has the name of its forward', () => {
  const from = DNS.replace('target', 'from: [10.0.0.0/8], target');
  const { objects } = compared([WEB, from], [WEB, from], emptied);
  expect(objects).toContainEqual(expect.objectContaining({ kind: 'element', change: 'removed', forward: 'dns' }));
});
