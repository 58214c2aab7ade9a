import { isLinkLocal, isLoopback } from '../model/address.ts';
import type { Binding } from '../model/binding.ts';
import { admits } from '../model/admits.ts';
import type { Flow } from './flow.ts';

/** Whether an address is one of this host's. */
export type IsHere = (address: string) => boolean;

/** The flow goes to the target and port that the binding forwards its port to. */
export const hasTargetOf = (flow: Flow, binding: Binding): boolean =>
  binding.forward.target.address === flow.replySource &&
  flow.destinationPort + shiftOf(binding) === flow.replySourcePort;

/** The target's port, less the port of the listen. */
export const shiftOf = ({ listen, targetPorts }: Binding): number => targetPorts.first - listen.ports.first;

/** `from` does not restrict connections of the host itself. */
export const allowsSource = ({ forward }: Binding, { source }: Flow, isHere: IsHere): boolean =>
  isHere(source) || admits(forward.from, source);

/** Packets from or to 127.0.0.0/8 stay on this host, unless the forward has `loopback: true`. */
export const allowsLoopback = ({ forward }: Binding, { family, source, destination }: Flow, isHere: IsHere): boolean =>
  forward.loopback || isHere(forward.target.address) || family !== 'ip' || ![source, destination].some(isLoopback);

/** A packet from a link-local address cannot leave for another host; packets of the host to one are not translated. */
export const allowsLinkLocal = ({ forward }: Binding, { family, source, destination }: Flow, isHere: IsHere): boolean =>
  family === 'ip' ||
  (!(isLinkLocal(destination) && isHere(source)) && (!isLinkLocal(source) || isHere(forward.target.address)));
