import { Failure } from '../host/failure.ts';
import { forwardsInNeedOfRouting, type HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';

const SYSCTL = { ip: 'net.ipv4.ip_forward', ip6: 'net.ipv6.conf.all.forwarding' } as const;

/** Without routing the host itself reaches a target on another host, and everybody else waits in vain (fact 12). */
export function requireForwarding(model: Model, facts: HostFacts): void {
  const needy = model.forwarding === 'require' ? forwardsInNeedOfRouting(model, facts) : [];
  if (needy.length === 0) return;
  const sysctls = needy.map(({ family }) => SYSCTL[family]);
  const targets = needy.map(({ name, target }) => `the target of ${name}, ${target.address}, is another host`);
  throw new Failure(
    'forwarding-off',
    `${targets.join(', and ')}, and this host does not route (${sysctls.join(' and ')} ${sysctls.length === 1 ? 'is' : 'are'} 0)`,
    `turn routing on yourself (sysctl -w ${sysctls.map((name) => `${name}=1`).join(' ')}), or let portfwd do it, guarded, with forwarding: enable in the file or --enable-forwarding; forwarding: ignore loads all the same`,
  );
}
