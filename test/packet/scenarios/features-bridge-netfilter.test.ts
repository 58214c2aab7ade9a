import { bridged } from './bridged.ts';
import { FEATURES } from './features.ts';
import { testScenarios } from './test-scenarios.ts';

/** With these two, each protocol and each family is there once; features.test.ts has all four. */
const some = FEATURES.filter(({ name }) => !/^from: .*\((?:udp, IPv4|tcp, IPv6)\)$/.test(name));

testScenarios(bridged(some), { bridgeNetfilter: true });
