import { bridged } from './bridged.ts';
import { LISTEN_INTERFACE } from './listen-interface.ts';
import { testScenarios } from './test-scenarios.ts';

testScenarios(bridged(LISTEN_INTERFACE), { bridgeNetfilter: true });
