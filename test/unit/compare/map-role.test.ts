import { expect, test } from 'vitest';
import { roleOf } from '../../../src/compare/map-role.ts';
import { lower } from '../../../src/lower/lower.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const ADDRESSES = [
  ['', '10.0.0.9'],
  ['', '10.0.0.1'],
  ['192.0.2.1:', '10.0.0.9'],
  ['192.0.2.1:', '10.0.0.1'],
  ['[::]:', '[2001:db8::9]'],
  ['[2001:db8::1]:', '[2001:db8::9]'],
  ['eth0:', '10.0.0.9'],
  ['eth1:', '10.0.0.1'],
  ['eth0:', '[2001:db8::9]'],
] as const;

/** One port and a range, through every interface and through one, for each of the addresses. */
const ITEMS = ADDRESSES.flatMap(([address, target], index) =>
  ['', ', interface: wan0'].flatMap((more, at) => {
    const port = 1000 + 100 * index + 50 * at;
    return [`${port}`, `${port + 10}-${port + 20}`].map(
      (ports) => `{listen: "${address}${ports}", target: "${target}"${more}}`,
    );
  }),
);

test('every map of a ruleset has a role, so status can name what its elements forward', () => {
  const names = lower(modelOf(fileOf(...ITEMS)), GATEWAY).maps.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => roleOf(name) === undefined)).toEqual([]);
});

test.each([
  ['pf_addr4', { label: '', family: 'ip', withAddress: false, what: 'addr', protocol: undefined }],
  ['pf_in2_local_port6', { label: 'in2_', family: 'ip6', withAddress: false, what: 'port', protocol: undefined }],
  ['pf_listen_addr4', { label: '', family: 'ip', withAddress: true, what: 'addr', protocol: undefined }],
  ['pf_range_udp4', { label: '', family: 'ip', withAddress: false, what: 'range', protocol: 'udp' }],
  ['pf_in1_listen_range4', { label: 'in1_', family: 'ip', withAddress: true, what: 'range', protocol: undefined }],
])('the role of %s', (name, role) => {
  expect(roleOf(name)).toEqual(role);
});

test.each(['pf_range4', 'pf_addr_tcp4', 'pf_self4', 'other'])('%s has no mappings', (name) => {
  expect(roleOf(name)).toBeUndefined();
});
