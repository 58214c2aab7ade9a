import { arrivalOf, arrivalText, childrenOf } from '../model/routing/arrival.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { stateText, type Link } from '../model/routing/links.ts';

/** Where a packet arrives that comes in through the interface that was named. */
interface Arriving {
  readonly interface: string;
  /** A clause, if it arrives on another interface or not at all now. */
  readonly note?: string;
}

/** A message, if it cannot be told where the packet arrives. */
export function arrivingOn(
  name: string,
  destination: string,
  links: readonly Link[],
  facts: HostFacts,
): Arriving | string {
  const arrival = arrivalOf(links, name);
  const [only, ...more] = arrival?.on ?? [name];
  if (arrival !== undefined && (only === undefined || more.length > 0))
    return `--interface: ${arrivalText(name, arrival)}; write ${only === undefined ? 'the interface that packets arrive on' : [only, ...more].join(' or ')}`;
  const receiver = only ?? name;
  const child = childrenOf(links, receiver).find((one) => hasAddress(facts, one.name, destination));
  if (child !== undefined)
    return {
      interface: child.name,
      note: `${destination} is an address of ${child.name}, ${child.kind === 'ipvlan' ? 'an ipvlan' : 'a macvlan'} of ${receiver}: the packet arrives on ${child.name}`,
    };
  if (arrival !== undefined) return { interface: receiver, note: arrivalText(name, arrival) };
  const link = links.find((one) => one.name === name);
  return link === undefined || link.state === 'up'
    ? { interface: name }
    : { interface: name, note: `${stateText(name, link.state)}: no packet arrives now` };
}

const hasAddress = ({ addresses }: HostFacts, name: string, address: string): boolean =>
  addresses.some((entry) => entry.interface === name && entry.address === address);
