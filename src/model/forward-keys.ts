import type { Problem } from '../finding/finding.ts';
import { checkName } from './forward-name.ts';
import { formatListen, formatTarget, keepsPorts, type Forward } from './model.ts';
import { oneLine } from './one-line.ts';

/**
 * One key of a forward. The schema of the file, `add --KEY`, `set KEY=`, `--help`, `diff`, `plan` and `--json` are made
 * from this. A new key is added here, as a field in `Forward` and in the table of docs/model.md. A key whose value is
 * parsed, as that of `listen` or `from`, also needs its parser in parse/forward.ts.
 */
export interface ForwardKeyRow {
  /** A list can be written as a single value. */
  readonly kind: 'text' | 'choice' | 'boolean' | 'list';
  /** The only values that a choice, or an item of a list, can have. */
  readonly choices?: readonly string[];
  /** Items can be numbers, too. */
  readonly numbers?: true;
  readonly required?: true;
  /** The remedy if a value has the wrong type. */
  readonly remedy: string;
  /** Further checks of text. */
  readonly check?: (text: string) => Problem | undefined;
  /** For a key whose value is copied to `Forward` as it is: the value if the key is missing. */
  readonly default?: string | boolean | undefined;
  /** For a key that is parsed: reads the value back from `Forward`. A key that only changes how another is parsed has none. */
  readonly value?: (forward: Forward) => string | readonly string[];
  /** The text by which two forwards are compared; by default made from the value. */
  readonly text?: (forward: Forward) => string;
  /** For the line of a forward in `plan` and `diff`; empty for the default. */
  readonly summary?: (forward: Forward) => string;
  /** A change can make the flows of open connections stale. */
  readonly movesConnections?: true;
  /** What it is for, in one clause: in `portfwd help model`, the manual page, the JSON Schema, and the help of `portfwd add`. */
  readonly help: string;
  /** The option of `portfwd add`; its own help if the words for the file do not fit. */
  readonly option?: { readonly value?: string; readonly help?: string };
}

/** In the order in which `add` and `set` write them. */
export const FORWARD_KEYS = {
  name: {
    kind: 'text',
    remedy: 'write a word such as web',
    check: checkName,
    value: ({ name }) => name,
    help: 'name of the forward (default: from protocol and listen, such as tcp-6000)',
    option: { value: 'name' },
  },
  protocol: {
    kind: 'list',
    choices: ['tcp', 'udp', 'sctp'],
    remedy: 'write tcp, udp or sctp, or a list of them',
    value: ({ protocols }) => protocols,
    movesConnections: true,
    help: 'tcp (default), udp or sctp, or a list of them',
    option: { help: 'tcp (default), udp, sctp, or several: tcp,udp' },
  },
  listen: {
    kind: 'list',
    numbers: true,
    required: true,
    remedy: 'write a port such as 6000, a range, an address or an interface with a port, or a list of these',
    value: ({ listens, family }) => listens.map((listen) => formatListen(listen, family)),
    movesConnections: true,
    help: 'where clients connect: a port or a range, with an address or an interface before it if needed; or a list',
  },
  target: {
    kind: 'text',
    required: true,
    remedy: 'write an address with a port, such as 192.168.0.2:5000',
    value: ({ target }) => formatTarget(target),
    text: (forward) => formatTarget(keepsAllPorts(forward) ? { ...forward.target, ports: undefined } : forward.target),
    movesConnections: true,
    help: 'where it forwards to: an address with a port or a range; without a port, the port is kept',
  },
  interface: {
    kind: 'list',
    remedy: 'write the name of an interface such as eth0, or a list of names',
    value: ({ interfaces }) => interfaces,
    movesConnections: true,
    help: 'forward only what arrives on these interfaces',
    option: {},
  },
  wildcard: {
    kind: 'boolean',
    remedy: 'write true or false',
    help: 'allow interface names that end in *',
    option: {},
  },
  from: {
    kind: 'list',
    remedy: 'write an address or a prefix such as 198.51.100.0/24, or a list of these',
    value: ({ from }) => from,
    text: ({ from }) => sorted(from) || 'anyone',
    summary: ({ from }) => (from.length === 0 ? '' : `from ${from.join(',')}`),
    movesConnections: true,
    help: 'allow only clients with these addresses or prefixes',
    option: {},
  },
  masquerade: {
    kind: 'choice',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    remedy: 'write auto, always or never',
    summary: ({ masquerade }) => (masquerade === 'auto' ? '' : `masquerade ${masquerade}`),
    movesConnections: true,
    help: 'rewrite the source address; by default (auto) only if replies would bypass this host',
    option: { value: 'mode' },
  },
  loopback: {
    kind: 'boolean',
    default: false,
    remedy: 'write true or false',
    summary: ({ loopback }) => (loopback ? 'loopback' : ''),
    movesConnections: true,
    help: 'let clients outside use a target on 127.0.0.1, or forward 127.0.0.1 to another host',
    option: {},
  },
  mss: {
    kind: 'choice',
    choices: ['keep', 'clamp'],
    default: 'keep',
    remedy: 'write clamp or keep',
    summary: ({ mss }) => (mss === 'keep' ? '' : `mss ${mss}`),
    help: 'clamp: lower the MSS of TCP connections to the MTU of their routes (default: keep)',
    option: { value: 'mode' },
  },
  enabled: {
    kind: 'boolean',
    default: true,
    remedy: 'write true or false',
    help: 'false: the forward stays in the file and is not loaded (default: true)',
    summary: ({ enabled }) => (enabled ? '' : 'disabled'),
  },
  comment: {
    kind: 'text',
    default: undefined,
    remedy: 'write text in quotes',
    check: oneLine('comment'),
    help: 'one line of text',
    option: { value: 'text' },
  },
} as const satisfies Readonly<Record<string, ForwardKeyRow>>;

export type ForwardKey = keyof typeof FORWARD_KEYS;

export const forwardKeys = Object.keys(FORWARD_KEYS) as readonly ForwardKey[];

/** The row of a key, with everything that a row can have. */
export const rowOf = (key: ForwardKey): ForwardKeyRow => FORWARD_KEYS[key];

export const sorted = (values: readonly string[]): string =>
  values.length > 1 ? [...values].sort().join(',') : (values[0] ?? '');

const keepsAllPorts = ({ target, listens }: Forward): boolean => listens.every((listen) => keepsPorts(target, listen));
