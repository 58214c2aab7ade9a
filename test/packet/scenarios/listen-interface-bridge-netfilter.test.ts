import { LISTEN_INTERFACE } from './listen-interface.ts';
import { testScenarios } from './test-scenarios.ts';

testScenarios(LISTEN_INTERFACE, { bridgeNetfilter: true });
