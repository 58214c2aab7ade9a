import { sysctlCommand } from '../../diagnose/printed-command.ts';
import { answerOf, formatChain, formatRule, type Chain } from '../../diagnose/firewall/rule.ts';
import { packetBefore } from '../../diagnose/firewall/packet.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';

/** A full table drops every new connection. Shortly before, the kernel drops some that have no answer yet. */
export function trackingFull(_: Case, { tracking }: Evidence): Cause[] {
  if (tracking === undefined || tracking.count < 0.95 * tracking.max) return [];
  const { count, max } = tracking;
  return [
    cause(
      'tracking-full',
      count >= max ? 'fault' : 'doubt',
      `the table of connections is ${count >= max ? 'full' : 'almost full'} (${count} of ${max}): the kernel drops ${count >= max ? '' : 'some '}new connections`,
      sysctlCommand('net.netfilter.nf_conntrack_max', `${2 * max}`),
    ),
  ];
}

/** Before connection tracking (-200). */
const TRACKING = -200;

/** Only tracked packets are translated. */
export function notTracked({ bindings, arrivals }: Case, { chains = [] }: Evidence): Cause[] {
  const early = chains.filter(
    ({ type, hook, priority }) => type === 'filter' && hook === 'prerouting' && priority < TRACKING,
  );
  return early.flatMap((chain) =>
    rulesOf(chain)
      .filter(({ rule }) =>
        bindings.some(
          (binding) =>
            isOfFamily(chain, binding.forward.family) &&
            answerOf(rule.conditions, { ...packetBefore(binding), comesIn: arrivals ?? [] }) === true,
        ),
      )
      .slice(0, 1)
      .map(({ name, rule }) =>
        cause(
          'not-tracked',
          'fault',
          `a rule in ${formatChain({ ...chain, name })} takes its packets out of connection tracking (${formatRule(rule)}), so no program can translate them`,
          'remove the rule, or except the port of the forward from it',
        ),
      ),
  );
}

const isOfFamily = ({ family }: Chain, of: string): boolean => family === 'inet' || family === of;

/** `notrack` of nft, `-j NOTRACK` and `-j CT --notrack` of iptables. */
const rulesOf = ({ rules, name: base }: Chain) =>
  [...rules].flatMap(([name, some]) =>
    name === base ? some.filter(({ text }) => /\bnotrack\b/i.test(text)).map((rule) => ({ name, rule })) : [],
  );
