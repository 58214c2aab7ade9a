import { setsMarks } from '../../diagnose/marks/sets-marks.ts';
import { marksOfConnection } from '../../diagnose/marks/follow-marks.ts';
import type { HostBinding } from '../../diagnose/binding.ts';
import { packetAfter, packetBefore, type Packet } from '../../diagnose/firewall/packet.ts';
import type { Chain } from '../../diagnose/firewall/rule.ts';

/**
 * The translated packet, with the mark that the chains before give it for certain. That it has none is never certain: tc
 * and XDP can set one.
 */
export function markedAfter(binding: HostBinding, chains: readonly Chain[], through: string | undefined): Packet {
  const comesIn = through === undefined ? binding.forward.interfaces : [through];
  const after = { ...packetAfter(binding), comesIn };
  if (!chains.some(setsMarks)) return after;
  const { marks } = marksOfConnection(chains, { before: { ...packetBefore(binding), comesIn }, after });
  const [mark] = marks;
  return marks.size === 1 && mark !== undefined && mark !== 0
    ? { ...after, marks: { packet: mark, connection: undefined } }
    : after;
}
