import { targetPorts, type Forward, type Listen, type Target } from '../model/model.ts';
import type { Header } from './header.ts';
import type { End } from './steps.ts';

/** The forwards that a packet can be for, by its listen. */
export const forwardsAt = (forwards: readonly Forward[], first: Header): readonly Forward[] =>
  forwards.filter(
    ({ enabled, protocols, listens }) =>
      enabled &&
      protocols.some((protocol) => protocol === first.protocol) &&
      listens.some((listen) => covers(listen, first)),
  );

/** The forward that takes a packet to this destination: one with the right listen and target. */
export const forwardOf = (forwards: readonly Forward[], first: Header, { address, port }: End): Forward | undefined =>
  forwardsAt(forwards, first).find(
    ({ target, listens }) =>
      target.address === address &&
      listens.some((listen) => covers(listen, first) && targetPortOf(target, listen, first) === port),
  );

const covers = ({ address, ports }: Listen, { daddr, dport = 0 }: Header): boolean =>
  (address === undefined || address === daddr) && ports.first <= dport && dport <= ports.last;

const targetPortOf = (target: Target, listen: Listen, { dport = 0 }: Header): number =>
  targetPorts(target, listen).first + dport - listen.ports.first;
