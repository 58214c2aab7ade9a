import type { Finding, ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { formatPorts, type Forward } from './model.ts';

/** Starts with a letter, so that no name is a port; holds nothing that nft's text form gives a meaning. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/;

export const checkName = (name: string, path: ModelPath): Finding[] =>
  NAME.test(name)
    ? []
    : [
        {
          code: 'forward/name',
          message: `${quote(name)} cannot be the name of a forward`,
          remedy: 'begin with a letter, go on with letters, digits, "-", "_" and ".", 63 at most',
          path,
        },
      ];

/**
 * The name of a forward that has none: `tcp-6000`, `tcp6-443`, `udp-203.0.113.1-53@eth0,eth1`. It depends on this
 * forward alone, so it stays the same when others come and go; two forwards with one such name overlap.
 */
export function deriveName({ protocols, family, listens, interfaces }: NameParts): string {
  const [listen] = listens;
  if (listen === undefined) return '';
  const protocol = protocols.length === 1 ? protocols[0] : protocols.join('+');
  const address = listen.address === undefined ? '' : `-${listen.address}`;
  const through = interfaces.length === 0 ? '' : `@${interfaces.join(',')}`;
  return `${protocol}${family === 'ip6' ? '6' : ''}${address}-${formatPorts(listen.ports)}${through}`;
}

type NameParts = Pick<Forward, 'protocols' | 'family' | 'listens' | 'interfaces'>;
