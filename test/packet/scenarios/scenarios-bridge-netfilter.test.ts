import { alsoBridged } from './bridged.ts';
import { SCENARIOS } from './scenarios.ts';
import { testScenarios } from './test-scenarios.ts';

testScenarios(alsoBridged(SCENARIOS), { bridgeNetfilter: true });
