import type { Scenario, Step } from './scenario.ts';

const ALL = process.env['PORTFWD_BRIDGED'] === 'all';

/** `a shifted range (udp, IPv6)` */
const VARIANT = / \((?:tcp|udp), IPv[46]\)$/;

/**
 * The scenarios that are also tried where bridged packets pass the hooks of ip: all whose answers differ there; of those
 * with variants, one protocol and family each, in turn; of the others, all with a client on the bridge, and every third.
 * All are tried without br_netfilter in every run. `PORTFWD_BRIDGED=all` tries all here too.
 */
export function alsoBridged(scenarios: readonly Scenario[]): readonly Scenario[] {
  if (ALL) return scenarios;
  const kinds = new Map<string, Scenario[]>();
  for (const scenario of scenarios) {
    const kind = scenario.name.replace(VARIANT, '');
    kinds.set(kind, [...(kinds.get(kind) ?? []), scenario]);
  }
  const inTurn = new Set(
    [...kinds.values()].map((variants, index) => variants[index % (variants.length === 1 ? 3 : variants.length)]),
  );
  return scenarios.filter(
    (scenario) =>
      inTurn.has(scenario) ||
      scenario.steps.some(differs) ||
      (!VARIANT.test(scenario.name) && scenario.steps.some(isOnBridge)),
  );
}

const differs = ({ bridged }: Step): boolean => bridged !== undefined;
const isOnBridge = ({ from }: Step): boolean => from === 'backend' || from === 'neighbour';
