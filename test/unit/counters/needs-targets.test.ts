import { expect, test } from 'vitest';
import { needsTargets } from '../../../src/counters/needs-targets.ts';
import { modelOf } from '../../support/model.ts';

test.each([
  [
    'no interfaces',
    false,
    '{ listen: 6000, target: "10.0.0.2:5000" }, { listen: "203.0.113.1:6000", target: "10.0.0.3:5000" }',
  ],
  [
    'one port of two interfaces',
    true,
    '{ listen: 6000, interface: eth0, target: "10.0.0.2:5000" }, { listen: 6000, interface: eth1, target: "10.0.0.3:5000" }',
  ],
  [
    'one port of the addresses of two interfaces',
    true,
    '{ listen: "eth0:6000", target: "10.0.0.2:5000" }, { listen: "eth1:6000", target: "10.0.0.3:5000" }',
  ],
  [
    'a port within a range',
    true,
    '{ listen: "6000-6010", interface: eth0, target: "10.0.0.2" }, { listen: 6005, interface: eth1, target: "10.0.0.3:5000" }',
  ],
  [
    'an interface and none',
    true,
    '{ listen: "eth0:6000", target: "10.0.0.2:5000" }, { listen: 6000, target: "10.0.0.3:5000" }',
  ],
  [
    'other protocols',
    false,
    '{ listen: 6000, interface: eth0, target: "10.0.0.2:5000" }, { listen: 6000, protocol: udp, target: "10.0.0.3:5000" }',
  ],
  [
    'other families',
    false,
    '{ listen: 6000, interface: eth0, target: "10.0.0.2:5000" }, { listen: 6000, interface: eth1, target: "[2001:db8::2]:5000" }',
  ],
  [
    'other ports',
    false,
    '{ listen: "eth0:6000", target: "10.0.0.2:5000" }, { listen: "eth1:6001", target: "10.0.0.3:5000" }',
  ],
  [
    'two interfaces of one forward',
    false,
    '{ name: web, listen: ["eth0:6000", "eth1:6000"], target: "10.0.0.2:5000" }',
  ],
])('%s', (_, expected, forwards) => {
  expect(needsTargets(modelOf(`{ version: 1, forwards: [${forwards}] }`).forwards)).toBe(expected);
});
