import type { Protocol } from '../../model/model.ts';

/** `TCP`, `tcp/udp`, `both`: the protocols that are meant. Undefined if that is not clear. */
export function protocolsMeantBy(text: string): readonly Protocol[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const words = text
    .toLowerCase()
    .split(SEPARATOR)
    .filter((word) => word !== '');
  if (words.length === 1 && words[0] === 'both') return ['tcp', 'udp'];
  return words.length > 0 && words.every(isProtocol) ? [...new Set(words)] : undefined;
}

/** How to write a value of the key `protocol` that is not clear or not allowed. */
export function protocolRemedy(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const word = `${value}`.toLowerCase();
  if (EVERY.has(word)) return 'write [tcp, udp]';
  const numbered = NUMBERS[word];
  if (numbered !== undefined) return `write ${numbered}`;
  const [, name] = /^(tcp|udp|sctp)[46]$/.exec(word) ?? [];
  return name === undefined ? undefined : `write ${name}; the target decides between IPv4 and IPv6`;
}

/** `tcp`, or `[tcp, udp]`. */
export const protocolText = (protocols: readonly Protocol[]): string =>
  protocols.length === 1 ? `${protocols[0]}` : `[${protocols.join(', ')}]`;

const MAX_LENGTH = 40;
const SEPARATOR = /\s+and\s+|[\s,/+|&]/;
const PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);
const isProtocol = (word: string): word is Protocol => PROTOCOLS.has(word);

/** It could mean ICMP as well, so it is not accepted. */
const EVERY: ReadonlySet<string> = new Set(['all', 'any', '*', 'ip', 'tcpudp']);

/** As in /etc/protocols. */
const NUMBERS: Readonly<Record<string, Protocol>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };
