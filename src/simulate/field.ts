import { isIPv6 } from 'node:net';
import { networkOf } from '../model/prefix.ts';
import type { Family, Field, Scalar } from '../ruleset/ruleset.ts';
import type { PacketState } from './packet.ts';

/** Undefined if the packet does not have the field, such as `ip daddr` of an IPv6 packet: the rule does not match. */
export function fieldValue(field: Field, packet: PacketState): Scalar | undefined {
  switch (field.kind) {
    case 'payload':
      if (field.field === 'dport') return packet.destinationPort;
      if (field.protocol !== familyOf(packet.destination)) return undefined;
      return field.field === 'saddr' ? packet.source : packet.destination;
    case 'network':
      return networkValue(field, packet);
    case 'meta':
      return metaValue(field.key, packet);
    case 'ct-original':
      return packet.tracked === true ? originalValue(field.key, packet) : undefined;
    case 'ct-reply':
      return packet.tracked === true && field.key === `${familyOf(packet.destination)} saddr`
        ? packet.destination
        : undefined;
  }
}

export const familyOf = (address: string): Family => (isIPv6(address) ? 'ip6' : 'ip');

function networkValue(
  { protocol, field, length }: Extract<Field, { kind: 'network' }>,
  { source, destination }: PacketState,
): Scalar | undefined {
  if (protocol !== familyOf(destination)) return undefined;
  return networkOf(field === 'saddr' ? source : destination, length).split('/')[0];
}

type Meta = Extract<Field, { kind: 'meta' }>['key'];
type Original = Extract<Field, { kind: 'ct-original' }>['key'];

/** An interface that does not exist or is not known has an empty name, which no rule contains. */
function metaValue(key: Meta, { hook, path, protocol, iifname, destination, route }: PacketState): Scalar {
  switch (key) {
    case 'l4proto':
      return protocol;
    case 'iifname':
      return path === 'own' ? '' : (iifname ?? '');
    // Host facts do not say what kind of link an interface is.
    case 'iifkind':
      return '';
    case 'oifname':
      return hook === 'prerouting' ? '' : (route(destination).oifname ?? '');
  }
}

function originalValue(key: Original, { original }: PacketState): Scalar | undefined {
  switch (key) {
    case 'proto-dst':
      return original.destinationPort;
    case 'ip daddr':
    case 'ip6 daddr':
      return key === `${familyOf(original.destination)} daddr` ? original.destination : undefined;
  }
}
