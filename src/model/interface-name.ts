import type { Finding, ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';

/** The kernel allows 15 bytes (IFNAMSIZ); nft reads a leading `@` as a set and a trailing `*` as a prefix. */
const INTERFACE = /^[A-Za-z0-9_.:-][A-Za-z0-9_.:@-]{0,14}$/;
const WILDCARD = /^[A-Za-z0-9_.:-][A-Za-z0-9_.:@-]{0,13}\*$/;

/** Any that the kernel could have and text can name. */
export const isInterface = (name: string): boolean => /^[^\s/"\\\p{Cc}]{1,15}$/u.test(name);

/** A name of the model, which may end in `*`, means that one or every one that begins so. */
export const coversInterface = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

export function checkInterface(name: string, wildcard: boolean, path: ModelPath): Finding[] {
  if (name === 'lo')
    return [
      invalid(
        path,
        'nothing from outside comes in through lo',
        'leave the interface out: the host reaches its own forwards without it',
      ),
    ];
  if (INTERFACE.test(name) || (wildcard && WILDCARD.test(name))) return [];
  if (WILDCARD.test(name))
    return [
      invalid(
        path,
        `${quote(name)} means every interface that begins so`,
        'say so with wildcard: true, or write the whole name',
      ),
    ];
  return [
    invalid(
      path,
      `${quote(name)} is not the name of an interface`,
      'write the name as ip link shows it, 15 characters at most',
    ),
  ];
}

const invalid = (path: ModelPath, message: string, remedy: string): Finding => ({
  code: 'forward/interface',
  message,
  remedy,
  path,
});
