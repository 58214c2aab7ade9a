import * as z from 'zod/mini';
import { parseAddress } from '../model/address.ts';
import { isPrefix } from '../model/prefix.ts';
import { isInterfaceOfHost } from '../model/interface-name.ts';
import type { HostFacts } from '../model/host-facts.ts';

const address = z.string().check(z.refine((text) => parseAddress(text)?.text === text));
const prefix = z.string().check(z.refine(isPrefix));

const name = z.string().check(z.refine(isInterfaceOfHost));

const NO_ROUTE = ['none', 'unreachable', 'blackhole', 'prohibit', 'refused-host', 'refused-source', 'unknown'] as const;

const lookup = z.union([
  z.strictObject({
    kind: z.enum(['unicast', 'local', 'broadcast', 'multicast', 'anycast']),
    prefix,
    hops: z.array(z.strictObject({ interface: name, via: z.optional(address) })),
    table: z.string(),
    prefsrc: z.optional(address),
    mtu: z.optional(z.int()),
  }),
  z.strictObject({ kind: z.enum(NO_ROUTE) }),
]);

const ports = z.strictObject({ first: z.int(), last: z.int() });

const port = z.optional(z.int());

const service = z.strictObject({ protocol: z.enum(['tcp', 'udp']), sport: port, dport: port });

const hostFacts = z.strictObject({
  version: z.literal(1),
  addresses: z.array(
    z
      .strictObject({ interface: name, address, prefixLength: z.int().check(z.gte(0)), broadcast: z.optional(address) })
      .check(z.refine(({ address: of, prefixLength }) => prefixLength <= (of.includes(':') ? 128 : 32))),
  ),
  onLink: z.array(z.strictObject({ prefix, interface: name })),
  routed: z.optional(z.array(z.strictObject({ prefix, via: address, interface: name }))),
  uplinks: z.optional(z.array(name)),
  lookups: z.optional(z.record(address, lookup)),
  forwarded: z.optional(z.record(address, lookup)),
  neighbours: z.optional(z.record(address, z.array(prefix))),
  ruleMarks: z.optional(z.array(z.int())),
  ruleServices: z.optional(
    z.array(z.strictObject({ protocol: z.optional(z.string()), sport: z.optional(ports), dport: z.optional(ports) })),
  ),
  marked: z.optional(
    z.record(
      address,
      z.array(
        z.strictObject({
          mark: z.int(),
          interfaces: z.optional(z.array(z.string())),
          service: z.optional(service),
          lookup,
        }),
      ),
    ),
  ),
  forwarding: z.strictObject({
    ip: z.boolean(),
    ip6: z.boolean(),
    interfaces: z.optional(z.array(z.strictObject({ interface: name, ip: z.boolean(), ip6: z.optional(z.boolean()) }))),
    before: z.optional(z.array(name)),
    withoutIp6: z.optional(z.boolean()),
  }),
});

/** Parses the output of `portfwd facts`. Undefined if it is anything else. */
export function parseHostFacts(text: string): HostFacts | undefined {
  try {
    return hostFacts.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
