import { bridged } from './bridged.ts';
import { SCENARIOS } from './scenarios.ts';
import { testScenarios } from './test-scenarios.ts';

testScenarios(bridged(SCENARIOS), { bridgeNetfilter: true });
