import { bindingsOf, type Binding } from '../binding.ts';
import type { HostFacts } from '../host-facts.ts';
import { enabledForwards, type Model, type PortRange } from '../model.ts';

/** What a routing rule asks of the protocol and the ports of a packet. Undefined: any. */
export interface RuleService {
  readonly protocol?: string | undefined;
  readonly sport?: PortRange | undefined;
  readonly dport?: PortRange | undefined;
}

/** The protocol and the known port of a packet. The kernel does not answer for other protocols. */
export interface Service {
  readonly protocol: 'tcp' | 'udp';
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
}

/** The port of a target is the destination port of packets to it, and the source port of its replies. */
type Side = 'sport' | 'dport';

/**
 * For each target the services that routing rules can tell apart, one of each kind. Undefined if no routing rule asks for
 * a protocol or a port.
 */
export function servicesByTarget(
  model: Model,
  { ruleServices }: HostFacts,
  side: Side,
): ReadonlyMap<string, readonly Service[]> | undefined {
  if (ruleServices === undefined) return undefined;
  const byTarget = new Map<string, Map<string, Service>>();
  for (const binding of bindingsOf(enabledForwards(model))) {
    const { address } = binding.forward.target;
    const known = byTarget.get(address) ?? new Map<string, Service>();
    byTarget.set(address, known);
    for (const service of servicesOf(binding, ruleServices, side)) {
      const kind = kindOf(service, ruleServices, side);
      if (!known.has(kind)) known.set(kind, service);
    }
  }
  return new Map([...byTarget].map(([address, known]) => [address, [...known.values()]]));
}

/** Whether routing rules treat some packets of the binding as they treat those of the service. */
export function hasService(
  binding: Pick<Binding, 'protocol' | 'targetPorts'>,
  service: Service | undefined,
  { ruleServices = [] }: HostFacts,
): boolean {
  if (service === undefined) return true;
  const side = service.sport === undefined ? 'dport' : 'sport';
  const kind = kindOf(service, ruleServices, side);
  return servicesOf(binding, ruleServices, side).some((one) => kindOf(one, ruleServices, side) === kind);
}

/** One for each part of the ports that is within the same ranges of the rules. */
function servicesOf(
  { protocol, targetPorts: { first, last } }: Pick<Binding, 'protocol' | 'targetPorts'>,
  rules: readonly RuleService[],
  side: Side,
): Service[] {
  const edges = rules.flatMap((rule) => {
    const range = rule[side];
    return range === undefined ? [] : [range.first, range.last + 1];
  });
  const starts = new Set([first, ...edges.filter((port) => port > first && port <= last)]);
  return [...starts].flatMap((port) => serviceOf(protocol, port, side) ?? []);
}

/** Undefined if the kernel does not answer for the protocol. */
export function serviceOf(protocol: string, port: number, side: Side): Service | undefined {
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined;
  return side === 'dport' ? { protocol, dport: port } : { protocol, sport: port };
}

/** Which rules ask for it. The port of the client is not known. */
const kindOf = (service: Service, rules: readonly RuleService[], side: Side): string =>
  rules
    .map((rule) => {
      const range = rule[side];
      const { protocol, [side]: port = 0 } = service;
      const isIn = range === undefined || (range.first <= port && port <= range.last);
      return isIn && (rule.protocol === undefined || rule.protocol === protocol) ? '1' : '0';
    })
    .join('');
