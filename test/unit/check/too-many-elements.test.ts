import { expect, test } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { lower } from '../../../src/lower/lower.ts';
import { checkFindings, fileOf, modelOf } from '../../support/model.ts';

/** 65 534 ports, each one further. */
const shifted = (host: number, more = ''): string =>
  `{listen: "10.0.0.${host}:1-65534", target: "192.0.2.1:2-65535"${more}}`;

const clients = (count: number): string =>
  Array.from({ length: count }, (_, at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`).join(', ');

const withClients = (count: number): string =>
  `{listen: [80, 81], target: 192.0.2.1, protocol: [tcp, udp], from: [${clients(count)}]}`;

test('every client counts, for each listen and protocol', () => {
  expect(checkFindings([withClients(32_768)])).toEqual([]);
  expect(checkFindings([withClients(32_769)])).toEqual(['3:69 forwards[0].from model/too-large']);
});

test('every port of a shifted range counts, for each protocol', () => {
  expect(checkFindings([shifted(1, ', protocol: [tcp, udp]'), shifted(2)])).toEqual([
    '3:40 forwards[0].target model/too-large',
  ]);
});

test('the forwards that take most are named first, and the rest is not', () => {
  const items = [
    shifted(1),
    '10.0.0.9:80:192.0.2.2',
    shifted(2, ', protocol: [tcp, udp]'),
    shifted(3),
    '10.0.0.9:81:192.0.2.2',
  ];
  const [finding, ...more] = check(modelOf(fileOf(...items)));
  expect(more).toEqual([]);
  expect(finding?.message).toBe(
    'the forwards become 262138 elements, more than the maximum of 131072: 131068 of tcp+udp-10.0.0.2-1-65534, 65534 of tcp-10.0.0.1-1-65534, 65534 of tcp-10.0.0.3-1-65534 and 2 more',
  );
  expect(finding?.related).toEqual([
    ['forwards', 0, 'target'],
    ['forwards', 3, 'target'],
  ]);
});

test('all ports of TCP and of UDP, shifted, are loaded', () => {
  expect(checkFindings([shifted(1, ', protocol: [tcp, udp]')])).toEqual([]);
});

test('a range that keeps its ports is one element, and what is switched off none', () => {
  const kept = Array.from({ length: 200 }, (_, index) => `"10.0.1.${index}:1-65535:192.0.2.1"`);
  const off = [1, 2, 3].map((host) => shifted(host, ', enabled: false'));
  expect(checkFindings([...kept, ...off])).toEqual([]);
});

test('what is counted is what the largest maps hold', () => {
  const items = ['10.0.0.1:100-199:192.0.2.1:200-299', '10.0.0.1:300-399:192.0.2.1', '10.0.0.1:80:192.0.2.1'];
  const { maps } = lower(modelOf(fileOf(...items)));
  expect(maps.map(({ name, elements }) => [name, elements.length])).toEqual([
    ['pf_listen_addr4', 101],
    ['pf_listen_port4', 101],
    ['pf_listen_range4', 1],
  ]);
});
