import { isIP } from 'node:net';
import * as z from 'zod/mini';

/** The parts that portfwd needs of what ip(8) and bridge(8) print. Keys that do not apply are left out there. */
const word = z.optional(z.string());
const address = z.string().check(z.refine((text) => isIP(text) !== 0));
const prefix = z.string().check(z.refine((text) => text === 'default' || isPrefix(text)));

/** ip prints the prefix of a single address without its length. */
export function isPrefix(text: string): boolean {
  const [first = '', length, ...rest] = text.split('/');
  const family = isIP(first);
  if (family === 0 || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}

const hop = z.object({
  dev: word,
  gateway: z.optional(address),
  /** A gateway of the other address family. */
  via: z.optional(z.object({ host: address })),
});

/** `ip -j route show` */
export const routeSchema = z.extend(hop, {
  type: word,
  dst: prefix,
  metric: z.optional(z.number()),
  /** Of another table than the main one. */
  table: word,
  nexthops: z.optional(z.array(hop)),
});

export type Route = z.infer<typeof routeSchema>;

/** `ip -j route get` */
export const lookupSchema = z.extend(routeSchema, {
  type: z.optional(z.enum(['unicast', 'local', 'broadcast', 'multicast', 'anycast'])),
  prefsrc: z.optional(address),
  metrics: z.optional(z.array(z.object({ mtu: z.optional(z.number()) }))),
});

const rulePort = z.optional(z.union([z.number(), z.string()]));

/** `ip -j rule show` */
export const ruleSchema = z.object({
  src: z.string(),
  iif: word,
  fwmark: z.optional(z.union([z.string(), z.number()])),
  l3mdev: z.optional(z.unknown()),
  uid_start: z.optional(z.unknown()),
  ipproto: word,
  /** Newer versions also print a port with a mask, which is text. */
  sport: rulePort,
  sport_start: rulePort,
  sport_end: rulePort,
  dport: rulePort,
  dport_start: rulePort,
  dport_end: rulePort,
});

export type Rule = z.infer<typeof ruleSchema>;

/** `ip -j address show` */
export const addressesSchema = z.object({
  ifname: word,
  addr_info: z.optional(
    z.array(
      z.object({
        local: z.optional(address),
        /** The peer of a point-to-point link, to which the prefix then belongs. */
        address: z.optional(address),
        prefixlen: z.optional(z.int()),
        broadcast: z.optional(address),
      }),
    ),
  ),
});

export type Addresses = z.infer<typeof addressesSchema>;

/** `ip -j -d link show` */
export const linkSchema = z.object({
  ifname: word,
  flags: z.optional(z.array(z.string())),
  mtu: z.optional(z.number()),
  master: word,
  link: z.optional(z.nullable(z.string())),
  address: word,
  linkinfo: z.optional(z.object({ info_kind: word, info_slave_kind: word })),
});

export type ListedLink = z.infer<typeof linkSchema>;

/** `bridge -j -d link show` */
export const bridgePortSchema = z.object({ ifname: word, master: word, hairpin: z.optional(z.boolean()) });

/** `bridge -j fdb show` */
export const learnedSchema = z.object({ mac: word, ifname: word, master: word });

/** `ip -j neighbour show` */
export const neighbourSchema = z.object({
  dst: word,
  dev: word,
  lladdr: word,
  state: z.optional(z.array(z.string())),
});
