import type { ForwardKey } from '../model/forward-keys.ts';

/** The key that means the same as a key of another program; the name is compared without case, `_` and `-`. */
export const keyMeantBy = (key: string): ForwardKey | undefined => MEANINGS.get(key.toLowerCase().replace(/[_-]/g, ''));

const WORDS: Partial<Record<ForwardKey, string>> = {
  listen: 'port ports listenport srcport srcdport dport publish published bind external externalport',
  target: 'to toaddr toaddress dest destination destip host backend remote forwardto internal',
  protocol: 'proto l4proto network',
  interface: 'iface ininterface dev device',
  from: 'source sources src srcip allow allowed allowfrom',
  masquerade: 'masq snat',
  comment: 'description note',
};

const MEANINGS: ReadonlyMap<string, ForwardKey> = new Map(
  Object.entries(WORDS).flatMap(([key, words]) => words.split(' ').map((word) => [word, key as ForwardKey] as const)),
);

/** `TCP`, `both`, `tcp/udp`: how to write this protocol. */
export function protocolRemedy(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const words = value.toLowerCase().split(/[\s,/+|&]+/);
  if (words.length === 1 && BOTH.has(words[0] ?? '')) return 'write [tcp, udp]';
  if (!words.every((word) => PROTOCOLS.has(word))) return undefined;
  const unique = [...new Set(words)];
  return `write ${unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`}`;
}

const BOTH: ReadonlySet<string> = new Set(['both', 'all', 'any', 'tcpudp', '*']);
const PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

/** For a target that is only a port: another machine, or a service of this host. */
export const portAloneRemedy = (port: string | number): string =>
  `write the address of the machine in front of it, such as 192.168.0.2:${port}; for a service of this host write 127.0.0.1:${port} and loopback: true`;

/** For the target `localhost`, with or without a port. */
export const localhostRemedy = (port: string | undefined): string =>
  `write 127.0.0.1${port === undefined ? '' : `:${port}`} and loopback: true`;
