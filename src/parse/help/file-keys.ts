import type { modelSchema } from '../schema.ts';

export interface FileKeyRow {
  /** The values that it takes, in words. */
  readonly values: string;
  readonly required?: true;
  readonly help: string;
}

/** The keys at the top level of the file, for `portfwd help model`, the manual page and the JSON Schema. */
export const FILE_KEYS = {
  version: { values: '1', required: true, help: 'version of the format of this file' },
  forwards: {
    values: 'list',
    required: true,
    help: 'the forwards; each is a string LISTEN:TARGET[/PROTOCOL] or a mapping with the keys of a forward',
  },
  forwarding: {
    values: 'require, enable or ignore',
    help: 'what to do if a target on another host needs IP forwarding and it is off: refuse to apply (require, the default), turn it on for the forwards only (enable), or load the forwards anyway (ignore)',
  },
  priority: {
    values: '-199 to 400',
    help: 'priority of the nat chains; a lower number runs first (default: -105; Docker uses -100, firewalld -90)',
  },
  counters: {
    values: 'true or false',
    help: 'count the connections, packets and bytes of each forward, for portfwd stats (default: true)',
  },
  revision: {
    values: 'text',
    help: 'one line of text by which you know this version of the file, such as a commit; status and history show it',
  },
  mss: { values: 'keep or clamp', help: 'mss of every TCP forward that does not set its own (default: keep)' },
} as const satisfies Readonly<Record<keyof (typeof modelSchema)['shape'], FileKeyRow>>;

/** The ways to write a listen, and what each means. */
export const LISTEN_FORMS = [
  ['6000', 'port 6000 of every address of the host, now and later, of the family of the target'],
  ['"*:6000"', 'the same'],
  ['0.0.0.0:6000', 'the same, IPv4'],
  ['"[::]:6000"', 'the same, IPv6'],
  ['203.0.113.1:53', 'one address'],
  ['"[2001:db8::1]:443"', 'one address, IPv6 in brackets'],
  ['27000-27100', 'a range of ports; also after an address or an interface'],
  ['127.0.0.2:80', 'only for the host itself'],
  ['eth0:443', 'the addresses that the interface has when a connection arrives'],
] as const;

/** The ways to write a target, and what each means. */
export const TARGET_FORMS = [
  ['192.168.0.2:5000', 'another port of this address'],
  ['192.168.0.2', 'the same port as in listen'],
  ['192.168.0.2:28000-28100', 'a range as long as that of listen: the offset is kept'],
  ['"[2001:db8::10]:8443"', 'an IPv6 address in brackets'],
] as const;

/** The ways to write a forward as a string. */
export const SHORTHAND_FORMS = [
  ['"6000:192.168.0.2:5000"', 'TCP port 6000 to port 5000 of 192.168.0.2'],
  ['"203.0.113.1:53:10.0.0.53:53/udp"', 'one address of the host, UDP'],
  ['"[::]:443:[2001:db8::10]:8443"', 'IPv6'],
] as const;
