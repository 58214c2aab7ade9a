import { alsoBridged } from './bridged.ts';
import { FEATURES } from './features.ts';
import { testScenarios } from './test-scenarios.ts';

testScenarios(alsoBridged(FEATURES), { bridgeNetfilter: true });
