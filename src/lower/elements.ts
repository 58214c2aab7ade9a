import type { Binding } from '../model/binding.ts';
import { lengthOf, type PortRange } from '../model/model.ts';
import type { Element, MapElement, Prefix, Range, Scalar } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';

/**
 * One element for each port of each binding, in the map of addresses and in the map of ports.
 *
 *     tcp . 6000 : 10.0.0.2              203.0.113.1 . tcp . 6000 : 10.0.0.2
 *     tcp . 6000 : 5000                  203.0.113.1 . tcp . 6000 : 5000
 */
export function portElements(bindings: readonly RuleBinding[]): {
  readonly addresses: MapElement[];
  readonly ports: MapElement[];
} {
  const addresses: MapElement[] = [];
  const ports: MapElement[] = [];
  for (const { forward, listen, protocol, targetPorts, comment } of bindings) {
    const { address, path: origin } = listen;
    for (let port = listen.ports.first; port <= listen.ports.last; port += 1) {
      const key = address === undefined ? [protocol, port] : [address, protocol, port];
      addresses.push({ key, data: forward.target.address, comment, origin });
      ports.push({ key, data: targetPorts.first + port - listen.ports.first, origin });
    }
  }
  return { addresses, ports };
}

/** `27000-27100 : 10.0.0.2`, in a map of one protocol. */
export const rangeElement = (binding: RuleBinding): MapElement => mapElement(binding, [portKey(binding.listen.ports)]);

/** `203.0.113.1 . udp . 27000-27100 : 10.0.0.2` */
export const addressRangeElement = (binding: RuleBinding): MapElement => mapElement(binding, listenKey(binding));

const mapElement = ({ forward, listen, comment }: RuleBinding, key: Element['key']): MapElement => ({
  key,
  data: forward.target.address,
  comment,
  origin: listen.path,
});

/** The original destination and the target of a connection that the binding translates: `tcp . 6000 . 10.0.0.2` */
export const connectionElement = (binding: Binding): Element => ({
  key: [...listenKey(binding), binding.forward.target.address],
  origin: binding.listen.path,
});

/** A listen whose clients are restricted: `tcp . 6000` */
export const restrictedElement = (binding: Binding): Element => ({
  key: listenKey(binding),
  origin: [...binding.forward.path, 'from'],
});

/** The listen with each of its clients: `tcp . 6000 . 198.51.100.0/24` */
export function clientElements(binding: Binding): Element[] {
  const { key, origin } = restrictedElement(binding);
  return binding.forward.from.map((client) => ({ key: [...key, clientKey(client)], origin }));
}

/** `tcp . 6000`, `203.0.113.1 . udp . 27000-27100` */
const listenKey = ({ listen: { address, ports }, protocol }: Binding): Element['key'] =>
  address === undefined ? [protocol, portKey(ports)] : [address, protocol, portKey(ports)];

const portKey = (ports: PortRange): Scalar | Range =>
  lengthOf(ports) === 1 ? ports.first : { kind: 'range', first: ports.first, last: ports.last };

function clientKey(client: string): Scalar | Prefix {
  const [address = '', length] = client.split('/');
  return length === undefined ? address : { kind: 'prefix', address, length: Number(length) };
}
