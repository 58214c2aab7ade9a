import { expect, test } from 'vitest';
import type { Flow } from '../../../src/flows/flow.ts';
import { selectorsOf } from '../../../src/flows/selectors.ts';
import { staleFlows } from '../../../src/flows/stale.ts';
import { flow, forwards } from './flows.ts';

function selectors(flows: readonly Flow[], before: readonly string[], after: readonly string[] = []) {
  const local = new Set(['203.0.113.1']);
  const stale = staleFlows({
    flows,
    before: forwards(before),
    after: forwards(after),
    localAddresses: local,
    interfacesWith: () => [],
    keepConnections: false,
  });
  return selectorsOf(stale, flows);
}

const many = (count: number, text: (index: number) => string): Flow[] =>
  Array.from({ length: count }, (_, index) => flow(text(index)));

test('a flow alone is named in full', () => {
  const only = flow('tcp 203.0.113.7:4000 > 203.0.113.1:6000 > 10.0.0.2:5000');
  expect(selectors([only], ['6000:10.0.0.2:5000'])).toEqual([only]);
});

test('the flows of one listen are named as one, each zone by itself', () => {
  const flows = many(100, (index) => `tcp 203.0.113.7:${4000 + index} > 203.0.113.1:6000 > 10.0.0.2:5000`);
  const other = flows.slice(0, 2).map((item) => ({ ...item, zone: 7 }));
  const listen = {
    family: 'ip',
    protocol: 'tcp',
    destination: '203.0.113.1',
    destinationPort: 6000,
    replySource: '10.0.0.2',
    replySourcePort: 5000,
  };
  expect(selectors([...flows, ...other], ['6000:10.0.0.2:5000'])).toEqual([listen, { ...listen, zone: 7 }]);
});

test('flows are named in full where new ones begin that look the same', () => {
  const flows = many(3, (index) => `tcp 203.0.113.7:${4000 + index} > 203.0.113.1:6000 > 10.0.0.2:5000`);
  const always = '{listen: 6000, target: "10.0.0.2:5000", masquerade: always}';
  expect(selectors(flows, ['6000:10.0.0.2:5000'], [always])).toEqual(flows);
});

const RANGE = many(200, (index) => `tcp 203.0.113.7:4000 > 203.0.113.1:${6000 + index} > 10.0.0.2:${6000 + index}`);
const OF_RANGE = { family: 'ip', protocol: 'tcp', destination: '203.0.113.1', replySource: '10.0.0.2' };

test('many ports with one target are selected by the target', () => {
  const twice = [...RANGE, flow('tcp 203.0.113.8:4000 > 203.0.113.1:6000 > 10.0.0.2:6000')];
  expect(selectors(twice, ['6000-6199:10.0.0.2'])).toEqual([OF_RANGE]);
  expect(selectors(twice, ['6000-6199:10.0.0.2'], ['6000-6199:10.0.0.3'])).toEqual([OF_RANGE]);
});

test('but not while something else goes to that target', () => {
  const docker = flow('tcp 203.0.113.7:4000 > 203.0.113.1:80 > 10.0.0.2:80');
  expect(selectors([...RANGE, docker], ['6000-6199:10.0.0.2'])).toEqual(RANGE);
  expect(selectors(RANGE, ['6000-6199:10.0.0.2'], ['7000:10.0.0.2'])).toEqual(RANGE);
  expect(selectors(RANGE, ['6000-6199:10.0.0.2'], ['6000-6199:10.0.0.2:7000-7199'])).toEqual(RANGE);
});
