import type { Problem } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';

/**
 * The kernel allows 15 bytes (IFNAMSIZ) and no colon, which separates the label of an address. In nft a leading `@` means
 * a set and a trailing `*` a prefix.
 */
const INTERFACE = /^[A-Za-z0-9_.-][A-Za-z0-9_.@-]{0,14}$/;
const WILDCARD = /^[A-Za-z0-9_.-][A-Za-z0-9_.@-]{0,13}\*$/;

/** Text that is not a name, although it looks like one. */
const SPECIAL = /^(?:lo|any|all)$/i;

/** Any name that the kernel allows, and one that `portfwd facts` prints: bytes that are not UTF-8 are one character each there. */
export const isInterfaceOfHost = (name: string): boolean => /^[^\t-\r /]{1,15}$/u.test(name);

/** Any name that the kernel allows, except one with control characters, quotes or backslashes. */
export const isInterface = (name: string): boolean => /^[^\s/"\\\p{Cc}]{1,15}$/u.test(name);

/** `pattern` is a name from the model; one that ends in `*` matches every name that begins with the rest. */
export const coversInterface = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

/** What is wrong with the name of an interface in the model. */
export function checkInterface(name: string, wildcard: boolean): Problem | undefined {
  if (INTERFACE.test(name) && !SPECIAL.test(name)) return undefined;
  if (name === 'lo')
    return invalid(
      'lo cannot be used here: packets from other hosts never arrive on lo',
      'name the other interfaces; the host can use its own forwards without lo, and a listen on 127.0.0.1 is for the host alone',
    );
  const spelled = otherSpelling(name);
  if (spelled !== undefined) return invalid(...spelled);
  if (INTERFACE.test(name) || (wildcard && WILDCARD.test(name))) return undefined;
  if (WILDCARD.test(name))
    return invalid(
      `${quote(name)} needs wildcard: true`,
      'add wildcard: true, or write the full name of one interface',
    );
  return invalid(
    `${quote(name)} is not a valid interface name`,
    'write the name as ip link shows it, at most 15 characters',
  );
}

/** Message and remedy for what other programs take for an interface. */
function otherSpelling(name: string): readonly [string, string] | undefined {
  if (/^(?:any|all|\*)$/i.test(name))
    return [
      `${quote(name)} is not the name of an interface`,
      'name the interfaces; for what arrives on any interface, write the forward without the key interface',
    ];
  if (name.startsWith('!'))
    return [
      `${quote(name)} is not the name of an interface`,
      'name the interfaces that are wanted; none can be excluded',
    ];
  const [, device, label] = /^([\w.-]+):([\w.-]+)$/.exec(name) ?? [];
  return device === undefined
    ? undefined
    : [
        `${quote(name)} is the label ${label} of an address of ${device}, not an interface`,
        `write ${device}; for that address alone, write it in listen`,
      ];
}

const invalid = (message: string, remedy: string): Problem => ({ code: 'forward/interface', message, remedy });
