import type { LocalPorts } from '../../diagnose/observations.ts';
import { readSysctl } from '../state/sysctl.ts';

export function readLocalPorts(): LocalPorts | undefined {
  const [first, last] = (readSysctl('net/ipv4/ip_local_port_range') ?? '').split(/\s+/).map(Number);
  if (!first || !last) return undefined;
  const reserved = readSysctl('net/ipv4/ip_local_reserved_ports') ?? '';
  return { range: { first, last }, reserved: reserved.split(',').filter(Boolean).map(portsOf) };
}

/** `8080` or `9000-9010` */
function portsOf(text: string): LocalPorts['range'] {
  const [first = 0, last = first] = text.split('-').map(Number);
  return { first, last };
}
