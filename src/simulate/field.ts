import { isIPv6 } from 'node:net';
import type { Family, Field, Scalar } from '../ruleset/ruleset.ts';
import type { Flight } from './packet.ts';

/** Undefined where the kernel has no answer and gives the rule up, such as `ip daddr` of an IPv6 packet. */
export function fieldValue(field: Field, flight: Flight): Scalar | undefined {
  switch (field.kind) {
    case 'payload':
      if (field.field === 'dport') return flight.destinationPort;
      if (field.protocol !== familyOf(flight.destination)) return undefined;
      return field.field === 'saddr' ? flight.source : flight.destination;
    case 'meta':
      return metaValue(field.key, flight);
    case 'ct-original':
      return flight.tracked === true ? originalValue(field.key, flight) : undefined;
  }
}

export const familyOf = (address: string): Family => (isIPv6(address) ? 'ip6' : 'ip');

type Meta = Extract<Field, { kind: 'meta' }>['key'];
type Original = Extract<Field, { kind: 'ct-original' }>['key'];

/** An interface that is not there or not known has no name, and no rule names it. */
function metaValue(key: Meta, { hook, path, protocol, iifname, destination, route }: Flight): Scalar {
  switch (key) {
    case 'l4proto':
      return protocol;
    case 'iifname':
      return path === 'own' ? '' : (iifname ?? '');
    case 'oifname':
      return hook === 'prerouting' ? '' : (route(destination).oifname ?? '');
  }
}

function originalValue(key: Original, { original }: Flight): Scalar | undefined {
  switch (key) {
    case 'proto-dst':
      return original.destinationPort;
    case 'ip daddr':
    case 'ip6 daddr':
      return key === `${familyOf(original.destination)} daddr` ? original.destination : undefined;
  }
}
