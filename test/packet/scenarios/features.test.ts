import { FEATURES } from './features.ts';
import { testScenarios } from './test-scenarios.ts';

testScenarios(FEATURES);
