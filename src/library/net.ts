import ipaddr from 'ipaddr.js';

/** For the library, the parts of node:net that portfwd uses. A test compares both. */
export function isIP(text: string): 0 | 4 | 6 {
  if (IPV4.test(text)) return 4;
  return isIPv6(text) ? 6 : 0;
}

export const isIPv6 = (text: string): boolean => IPV6.test(text);

const OCTET = '(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])';
const FOUR = `(?:${OCTET}\\.){3}${OCTET}`;
const GROUP = '[\\dA-Fa-f]{1,4}';
const IPV4 = new RegExp(`^${FOUR}$`);

/** One line for each number of groups before `::`. */
const IPV6 = new RegExp(
  `^(?:${[
    `(?:${GROUP}:){7}(?:${GROUP}|:)`,
    `(?:${GROUP}:){6}(?:${FOUR}|:${GROUP}|:)`,
    `(?:${GROUP}:){5}(?::${FOUR}|(?::${GROUP}){1,2}|:)`,
    `(?:${GROUP}:){4}(?:(?::${GROUP})?:${FOUR}|(?::${GROUP}){1,3}|:)`,
    `(?:${GROUP}:){3}(?:(?::${GROUP}){0,2}:${FOUR}|(?::${GROUP}){1,4}|:)`,
    `(?:${GROUP}:){2}(?:(?::${GROUP}){0,3}:${FOUR}|(?::${GROUP}){1,5}|:)`,
    `${GROUP}:(?:(?::${GROUP}){0,4}:${FOUR}|(?::${GROUP}){1,6}|:)`,
    `:(?:(?::${GROUP}){0,5}:${FOUR}|(?::${GROUP}){1,7}|:)`,
  ].join('|')})(?:%[0-9A-Za-z.:-]+)?$`,
);

/** A list of prefixes. */
export class BlockList {
  readonly #prefixes: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];

  addSubnet(network: string, length: number): void {
    this.#prefixes.push([ipaddr.parse(network), length]);
  }

  check(address: string): boolean {
    const parsed = ipaddr.parse(address);
    return this.#prefixes.some(
      ([network, length]) => parsed.kind() === network.kind() && parsed.match(network, length),
    );
  }
}
