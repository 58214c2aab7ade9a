import type { PortRange } from '../../../model/model.ts';
import type { RuleService, Service } from '../../../model/routing/services.ts';
import type { Rule } from '../ip-schema.ts';

/** Empty if the rule asks neither for a protocol nor for a port. */
export function ruleServiceOf(rule: Rule): RuleService[] {
  const sport = rangeOf(rule.sport ?? rule.sport_start, rule.sport_end);
  const dport = rangeOf(rule.dport ?? rule.dport_start, rule.dport_end);
  if (rule.ipproto === undefined && sport === undefined && dport === undefined) return [];
  return [
    {
      ...(rule.ipproto === undefined ? {} : { protocol: rule.ipproto }),
      ...(sport === undefined ? {} : { sport }),
      ...(dport === undefined ? {} : { dport }),
    },
  ];
}

/** As `ip route get` takes them. */
export const serviceWords = ({ protocol, sport, dport }: Service): string =>
  [
    `ipproto ${protocol}`,
    ...(sport === undefined ? [] : [`sport ${sport}`]),
    ...(dport === undefined ? [] : [`dport ${dport}`]),
  ].join(' ');

/** A port with a mask can be any. */
function rangeOf(first: string | number | undefined, last = first): PortRange | undefined {
  if (first === undefined) return undefined;
  return typeof first === 'number' && typeof last === 'number' ? { first, last } : { first: 0, last: 65535 };
}
