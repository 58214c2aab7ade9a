import { expect, test } from 'vitest';
import { listeningForward, listeningMappings, lostForwards } from '../../../src/compare/lost-forwards.ts';
import type { Mapping } from '../../../src/compare/read-mappings.ts';
import { forwardsOf } from '../../support/model.ts';

const lost = (before: string, ...after: readonly string[]): number =>
  lostForwards(forwardsOf(before).map(listeningForward), forwardsOf(...after)).length;

const WEB = '{name: web, listen: "192.0.2.1:80-81", target: 10.0.0.2}';

test.each([
  ['nothing is left', ['"90:10.0.0.2"'], 1],
  ['its name is left, with another listen', ['{name: web, listen: 90, target: 10.0.0.3}'], 0],
  ['another name for the same ports', ['{name: other, listen: "192.0.2.1:80-81", target: 10.0.0.3}'], 0],
  ['every address', ['{name: other, listen: 70-90, target: 10.0.0.3}'], 0],
  ['two forwards for two ports', ['"192.0.2.1:81:10.0.0.3"', '"80:10.0.0.4"'], 0],
  ['one port of two', ['"192.0.2.1:81:10.0.0.3"'], 1],
  ['another address', ['"192.0.2.2:80-81:10.0.0.3:80-81"'], 1],
  ['another protocol', ['"192.0.2.1:80-81:10.0.0.3:80-81/udp"'], 1],
] as const)('%s', (_, after, expected) => {
  expect(lost(WEB, ...after)).toBe(expected);
});

const mapping = (port: number, comment?: string): Mapping => ({
  family: 'ip',
  protocol: 'tcp',
  interfaces: [],
  address: undefined,
  listenInterface: undefined,
  ports: { first: port, last: port },
  target: { address: '10.0.0.2', port },
  comment,
  element: `pf_addr4 tcp . ${port}`,
});

test('elements of the kernel with one comment are one forward', () => {
  const before = listeningMappings([mapping(80, 'web'), mapping(81, 'web'), mapping(90), mapping(91)]);
  expect(before).toHaveLength(3);
  expect(lostForwards(before, forwardsOf('"90:10.0.0.2"')).map(({ name }) => name)).toEqual(['web', undefined]);
});
