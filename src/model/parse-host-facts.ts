import * as z from 'zod/mini';
import { isPrefix, parseAddress } from './address.ts';
import type { HostFacts } from './host-facts.ts';

const address = z.string().check(z.refine((text) => parseAddress(text)?.text === text));
const prefix = z.string().check(z.refine(isPrefix));

const hostFacts = z.strictObject({
  version: z.literal(1),
  addresses: z.array(
    z.strictObject({ interface: z.string(), address, prefixLength: z.int(), broadcast: z.optional(address) }),
  ),
  onLink: z.array(z.strictObject({ prefix, interface: z.string() })),
  routed: z.optional(z.array(z.strictObject({ prefix, via: address, interface: z.string() }))),
  forwarding: z.strictObject({ ip: z.boolean(), ip6: z.boolean() }),
});

/** What `portfwd facts` wrote, read back; undefined when it is anything else. */
export function parseHostFacts(text: string): HostFacts | undefined {
  try {
    return hostFacts.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
