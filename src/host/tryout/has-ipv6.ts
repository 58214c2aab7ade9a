import { existsSync } from 'node:fs';

/** False if the kernel was started without IPv6 (ipv6.disable=1). */
export const hasIpv6 = (): boolean => existsSync('/proc/sys/net/ipv6');
