import type { HostFacts } from '../../model/host-facts.ts';
import type { SavedSysctls } from '../state/saved-sysctls.ts';
import { readInterfaces, readSysctl } from '../state/sysctl.ts';

/** The sysctls that turn forwarding on and off for the whole host. */
export const FORWARDING = { ip: 'net/ipv4/ip_forward', ip6: 'net/ipv6/conf/all/forwarding' } as const;

type HostForwarding = HostFacts['forwarding'];

/** What would forward without portfwd: a value that portfwd changed is in `saved`, as it was before. */
export function readForwarding(saved: SavedSysctls): HostForwarding {
  const isOn = (path: string): boolean => isSet(readSysctl(path)) && (saved[path] === undefined || isSet(saved[path]));
  const hasForced = readSysctl('net/ipv6/conf/all/force_forwarding') !== undefined;
  return {
    ip: isOn(FORWARDING.ip),
    ip6: isOn(FORWARDING.ip6),
    ...(isWithoutIpv6() ? { withoutIp6: true } : {}),
    interfaces: readInterfaces('ipv4').map((name) => ({
      interface: name,
      ip: isOn(`net/ipv4/conf/${name}/forwarding`) && !isLater(name, saved),
      ...(hasForced && isOn(`net/ipv6/conf/${name}/force_forwarding`) ? { ip6: true } : {}),
    })),
  };
}

/** The kernel was started with ipv6.disable=1. In a container that hides sysctls, those of IPv4 are hidden too. */
export const isWithoutIpv6 = (read = readSysctl): boolean =>
  read(FORWARDING.ip6) === undefined && read(FORWARDING.ip) !== undefined;

/** An interface that appeared after portfwd turned forwarding on: without portfwd it would have the default. */
const isLater = (name: string, saved: SavedSysctls): boolean =>
  saved[FORWARDING.ip] !== undefined &&
  saved[`net/ipv4/conf/${name}/forwarding`] === undefined &&
  !isSet(saved['net/ipv4/conf/default/forwarding']);

/** The kernel takes every number but 0 as on; 2 has a meaning in IPv6. */
const isSet = (value: string | undefined): boolean => value !== undefined && value !== '0';
