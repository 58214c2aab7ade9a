import type { HostFacts } from '../model/host-facts.ts';
import type { PortRange } from '../model/model.ts';
import { serviceOf, type RuleService } from '../model/routing/services.ts';
import type { Packet } from '../simulate/packet.ts';
import type { Simulation } from '../simulate/simulate.ts';

export interface Doubt {
  readonly message: string;
  readonly remedy: string;
}

/**
 * Routing rules that may select the packet or its reply although the answer of the kernel does not tell: it answers only
 * for TCP and UDP (docs/netfilter.md, fact 44), and the source port of the client is not known.
 */
export function doubtsAboutRules(
  { protocol, path }: Packet,
  { destination: { port }, local }: Simulation,
  { ruleServices = [] }: HostFacts,
): Doubt[] {
  const isAsked = serviceOf(protocol, port, 'dport') !== undefined;
  const concerns = (rule: RuleService, own: PortRange | undefined, clients: PortRange | undefined): boolean =>
    (rule.protocol === undefined || rule.protocol === protocol) &&
    includes(own, port) &&
    (!isAsked || mayBeOfClient(clients));
  const forward = local ? [] : ruleServices.filter((rule) => concerns(rule, rule.dport, rule.sport));
  const reply = path === 'own' ? [] : ruleServices.filter((rule) => concerns(rule, rule.sport, rule.dport));
  const why = isAsked ? 'the source port of the client is not known' : `the kernel does not say for ${protocol}`;
  return [...doubt('the packet', forward, why), ...doubt('the reply', reply, why)];
}

const includes = (range: PortRange | undefined, port: number): boolean =>
  range === undefined || (range.first <= port && port <= range.last);

/** Clients rarely have a reserved port, and a rule for port 443 would concern the replies of every forward. */
const mayBeOfClient = (range: PortRange | undefined): boolean => range !== undefined && range.last >= 1024;

const doubt = (what: string, rules: readonly RuleService[], why: string): Doubt[] =>
  rules.slice(0, 1).map((rule) => ({
    message: `it is not known whether the routing rule for ${ruleText(rule)} sends ${what} another way: ${why}`,
    remedy: 'see ip rule show and the table that the rule names',
  }));

const ruleText = ({ protocol, sport, dport }: RuleService): string =>
  [
    ...(protocol === undefined ? [] : [`ipproto ${protocol}`]),
    ...(sport === undefined ? [] : [`sport ${rangeText(sport)}`]),
    ...(dport === undefined ? [] : [`dport ${rangeText(dport)}`]),
  ].join(' ');

const rangeText = ({ first, last }: PortRange): string => (first === last ? String(first) : `${first}-${last}`);
