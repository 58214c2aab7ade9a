import * as z from 'zod/mini';
import { parseAddress } from './address.ts';
import type { HostFacts } from './host-facts.ts';

const address = z.string().check(z.refine((text) => parseAddress(text)?.text === text));
const prefix = z
  .string()
  .check(
    z.refine((text) => /^[^/]+\/\d{1,3}$/.test(text) && parseAddress(text.slice(0, text.indexOf('/'))) !== undefined),
  );

const hostFacts = z.strictObject({
  version: z.literal(1),
  addresses: z.array(
    z.strictObject({ interface: z.string(), address, prefixLength: z.int(), broadcast: z.optional(address) }),
  ),
  onLink: z.array(z.strictObject({ prefix, interface: z.string() })),
});

/** What `portfwd facts` wrote, read back; undefined when it is anything else. */
export function parseHostFacts(text: string): HostFacts | undefined {
  try {
    return hostFacts.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
