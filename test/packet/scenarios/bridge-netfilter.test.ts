import { testScenarios } from './test-scenarios.ts';

testScenarios({ bridgeNetfilter: true });
