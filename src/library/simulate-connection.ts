import { ruleText } from '../emit/rule-text.ts';
import { hostRoute, packetOf } from '../explain/packet.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { simulate } from '../simulate/simulate.ts';

interface Connection {
  readonly source?: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly interface?: string;
}

/** What becomes of a connection on a host with these facts. */
export function simulateConnection(ruleset: Ruleset, connection: Connection, facts: HostFacts) {
  const { source, destination, port, protocol, interface: name } = connection;
  const route = hostRoute(facts);
  const ends = { source, destination, destinationPort: port };
  const packet = packetOf(ends, { protocol, ...(name === undefined ? {} : { interface: name }) }, facts, route);
  const { steps, verdict, destination: end, translated, masqueraded } = simulate(ruleset, packet, route);
  const rules = steps.flatMap((step) =>
    step.kind === 'rule' ? [{ chain: step.chain, rule: ruleText(step.rule) }] : [],
  );
  return { verdict, destination: end, translated, masqueraded, rules };
}
