import type { Finding, ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';

/** The kernel allows 15 bytes (IFNAMSIZ). In nft a leading `@` means a set and a trailing `*` a prefix. */
const INTERFACE = /^[A-Za-z0-9_.:-][A-Za-z0-9_.:@-]{0,14}$/;
const WILDCARD = /^[A-Za-z0-9_.:-][A-Za-z0-9_.:@-]{0,13}\*$/;

/** Any name that the kernel allows, except one with control characters, quotes or backslashes. */
export const isInterface = (name: string): boolean => /^[^\s/"\\\p{Cc}]{1,15}$/u.test(name);

/** `pattern` is a name from the model; one that ends in `*` matches every name that begins with the rest. */
export const coversInterface = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

export function checkInterface(name: string, wildcard: boolean, path: ModelPath): Finding[] {
  if (name === 'lo')
    return [
      invalid(
        path,
        'lo cannot be used here: packets from other hosts never arrive on lo',
        'remove lo; the host can use its own forwards without it',
      ),
    ];
  if (INTERFACE.test(name) || (wildcard && WILDCARD.test(name))) return [];
  if (WILDCARD.test(name))
    return [
      invalid(
        path,
        `${quote(name)} needs wildcard: true`,
        'add wildcard: true, or write the full name of one interface',
      ),
    ];
  return [
    invalid(
      path,
      `${quote(name)} is not a valid interface name`,
      'write the name as ip link shows it, at most 15 characters',
    ),
  ];
}

const invalid = (path: ModelPath, message: string, remedy: string): Finding => ({
  code: 'forward/interface',
  message,
  remedy,
  path,
});
