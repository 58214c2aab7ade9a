import { expect, test } from 'vitest';
import { servicesByTarget, type RuleService } from '../../../../src/model/routing/services.ts';
import { fileOf, GATEWAY, modelOf } from '../../../support/model.ts';

const RULES: readonly RuleService[] = [
  { protocol: 'tcp', dport: { first: 5000, last: 5000 } },
  { dport: { first: 5003, last: 5010 } },
  { protocol: 'udp', sport: { first: 5000, last: 5001 } },
];

const services = (item: string, side: 'sport' | 'dport', rules: readonly RuleService[] = RULES): string[] =>
  (servicesByTarget(modelOf(fileOf(item)), { ...GATEWAY, ruleServices: rules }, side)?.get('10.0.0.2') ?? []).map(
    ({ protocol, sport, dport }) => `${protocol} ${sport ?? ''}:${dport ?? ''}`,
  );

test('one service for each kind of packets that the rules tell apart', () => {
  const both = '{listen: 6000-6009, target: "10.0.0.2:5000-5009", protocol: [tcp, udp]}';
  expect(services(both, 'dport')).toEqual(['tcp :5000', 'tcp :5001', 'tcp :5003', 'udp :5000', 'udp :5003']);
  expect(services(both, 'sport')).toEqual(['tcp 5000:', 'udp 5000:', 'udp 5002:']);
});

test('ports that no rule names are of one kind, however many there are', () => {
  expect(services('{listen: 6000-6999, target: "10.0.0.2"}', 'dport')).toEqual(['tcp :6000']);
});

test('the kernel does not answer for sctp', () => {
  expect(services('{listen: 6000, target: "10.0.0.2:5000", protocol: sctp}', 'dport')).toEqual([]);
});

test('without such rules nothing is asked', () => {
  expect(servicesByTarget(modelOf(fileOf('"6000:10.0.0.2:5000"')), GATEWAY, 'dport')).toBeUndefined();
});
