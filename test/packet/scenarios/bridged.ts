import type { Scenario } from './scenario.ts';

/**
 * The scenarios to play when bridged packets pass the hooks of ip: all with a step from a machine on the bridge, and a fourth
 * of the others, whose packets are only routed. `PORTFWD_BRIDGED=all` plays all.
 */
export const bridged = (scenarios: readonly Scenario[]): readonly Scenario[] =>
  process.env['PORTFWD_BRIDGED'] === 'all'
    ? scenarios
    : scenarios.filter(({ steps }, index) => index % 4 === 0 || steps.some(({ from }) => ON_BRIDGE.has(from)));

const ON_BRIDGE = new Set(['backend', 'neighbour']);
