import type { UdpListen } from '../../boot/boot-plan.ts';
import { bindingsOf } from '../../model/binding.ts';
import { isLocal, type HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Model } from '../../model/model.ts';

/** The listens of UDP forwards, as the boot script needs them to find flows that bypass a forward (flows/conditions.ts). */
export const udpListens = (model: Model, facts: HostFacts | undefined): UdpListen[] =>
  bindingsOf(enabledForwards(model).filter(({ protocols }) => protocols.includes('udp')))
    .filter(({ protocol }) => protocol === 'udp')
    .map(({ forward: { family, target, loopback }, listen: { address, ports }, targetPorts }) => ({
      family: family === 'ip' ? 'ipv4' : 'ipv6',
      address,
      ...ports,
      loopback: isLocal(facts, target.address) || (loopback && family === 'ip'),
      target: targetPorts.first === ports.first ? target.address : undefined,
    }));
