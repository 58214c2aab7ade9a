import { forwardKeys, type ForwardKey } from '../../model/forward-keys.ts';
import { protocolsMeantBy, protocolText } from './protocols.ts';
import { scalarText } from './values.ts';

/** The key that means the same as a key of another program; the name is compared without case, `_` and `-`. */
const keyMeantBy = (key: string): ForwardKey | undefined => MEANINGS.get(bare(key));

/** Whether a key is another word for `wanted`, or misspelled. */
export const standsFor = (key: string, wanted: string): boolean => keyMeantBy(key) === wanted || isNear(wanted, key);

/** The remedy for a key that portfwd does not have. `known` are the keys at this place, `siblings` the other keys there. */
export function unknownKeyRemedy(
  key: string,
  value: unknown,
  known: readonly string[],
  siblings: Readonly<Record<string, unknown>>,
): string {
  const near = known.find((candidate) => isNear(candidate, key));
  if (near !== undefined && near in siblings) return inOther(near);
  if (near !== undefined) return near === 'forwarding' ? forwardingRemedy(value) : `write ${pair(near, value)}`;
  return known.includes('target')
    ? forwardKeyRemedy(key, value, known, siblings)
    : topKeyRemedy(key, value, known, siblings);
}

function forwardKeyRemedy(
  key: string,
  value: unknown,
  known: readonly string[],
  siblings: Readonly<Record<string, unknown>>,
): string {
  if (TARGET_PORT.has(bare(key))) return targetPortRemedy(value, siblings);
  if (EXCLUDES.has(bare(key))) return 'list the clients that are allowed in from; it cannot exclude clients';
  const meant = keyMeantBy(key);
  if (meant === undefined) return `use one of the keys ${known.join(', ')}`;
  if (meant === 'listen' && 'listen' in siblings)
    return 'write the port where clients connect in listen, and that of the target in target';
  return meant in siblings ? inOther(meant) : `write ${pair(meant, value)}`;
}

function topKeyRemedy(
  key: string,
  value: unknown,
  known: readonly string[],
  siblings: Readonly<Record<string, unknown>>,
): string {
  if (FORWARDS.has(bare(key))) return 'forwards' in siblings ? inOther('forwards') : 'write forwards';
  if (ROUTING.has(bare(key))) return 'forwarding' in siblings ? inOther('forwarding') : forwardingRemedy(value);
  const meant = keyMeantBy(key) ?? forwardKeys.find((own) => own === bare(key));
  if (meant === undefined) return `use one of the keys ${known.join(', ')}`;
  return `write ${pair(meant, value)} in each forward; it is not a key of the whole file`;
}

/** Nothing is turned on for a value that means off, or that is not known. */
export function forwardingRemedy(value: unknown): string {
  const text = scalarText(value).toLowerCase();
  if (['require', 'enable', 'ignore'].includes(text)) return `write forwarding: ${text}`;
  if (NO.test(text)) return 'write forwarding: ignore, which never changes the routing of this host';
  if (YES.test(text)) return 'write forwarding: enable to let this host route';
  return 'write forwarding: require, forwarding: enable or forwarding: ignore';
}

const NO = /^(?:false|no|n|off|0|never|none|disabled?|deny)$/;
const YES = /^(?:true|yes|y|on|1|always|enabled|allow)$/;

const inOther = (key: string): string => `write its value in ${key}, which is there already`;

/** For a port of its own in UCI, firewalld and others. */
function targetPortRemedy(value: unknown, siblings: Readonly<Record<string, unknown>>): string {
  const [, target] = Object.entries(siblings).find(([key]) => key === 'target' || keyMeantBy(key) === 'target') ?? [];
  const address = typeof target === 'string' && /^[\d.]+$/.test(target) ? target : '192.168.0.2';
  const port = /^\d[\d-]{0,10}$/.test(scalarText(value)) ? scalarText(value) : '5000';
  return `write the port in target, as in target: ${address}:${port}`;
}

/** `from: 192.0.2.1`: the line as it would be right. Only the key if the value is not short text. */
function pair(key: string, value: unknown): string {
  const text =
    key === 'masquerade' ? masqueradeText(value) : key === 'protocol' ? protocolValue(value) : valueText(value);
  return text === undefined ? key : `${key}: ${text}`;
}

function valueText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string' && PLAIN.test(value)) return value;
  if (typeof value === 'string' && QUOTABLE.test(value)) return `"${value}"`;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ITEMS) return undefined;
  const items = value.map((item) => (Array.isArray(item) ? undefined : valueText(item)));
  return items.every((item) => item !== undefined) ? `[${items.join(', ')}]` : undefined;
}

const MAX_ITEMS = 8;
const PLAIN = /^[A-Za-z0-9][\w./-]{0,59}(?::\d[\d-]{0,10})?$/;
const QUOTABLE = /^[^"\\\p{C}]{1,60}$/u;

const masqueradeText = (value: unknown): string =>
  /^(?:false|no|off|0|never|none)$/i.test(scalarText(value)) ? 'never' : 'always';

function protocolValue(value: unknown): string | undefined {
  const meant = typeof value === 'string' ? protocolsMeantBy(value) : undefined;
  return meant === undefined ? valueText(value) : protocolText(meant);
}

const WORDS: Partial<Record<ForwardKey, string>> = {
  name: 'id label title',
  listen:
    'port ports listenport listenports listenaddr listenaddress srcport sourceport srcdport dport destinationport publish published publishedport bind bindport bindaddress hostport external externalport externalip extport inport localport frontend',
  target:
    'to toaddr toaddress todestination dest dst destination destip dstip destaddress destinationaddress host backend server upstream remote remotehost remoteaddress remoteip forwardto redirectto dnat internal internalip internalclient connect connectaddress',
  protocol: 'proto protos l4proto ipprotocol network',
  interface: 'iface ifname ininterface iif iifname in dev device nic wan zone',
  from: 'source sources sourceip sourceaddress sourceaddresses src srcip srcaddr srcaddress client clients clientip allow allowed allowlist allowfrom allowedips allowedsources whitelist permit permitted acl only restrict restrictto remotes trusted',
  masquerade: 'masq masquerading snat nat sourcenat rewritesource',
  loopback: 'localhost routelocalnet',
  mss: 'mssclamp clampmss clamp tcpmss mssfix mtufix',
  enabled: 'enable active',
  comment: 'description desc note notes remark comments',
};

const MEANINGS: ReadonlyMap<string, ForwardKey> = new Map(
  Object.entries(WORDS).flatMap(([key, words]) => words.split(' ').map((word) => [word, key as ForwardKey] as const)),
);

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const TARGET_PORT = words(
  'toport destport dstport targetport remoteport internalport intport containerport backendport serverport',
);
const EXCLUDES = words(
  'deny denied denyfrom block blocked blacklist blocklist denylist exclude excluded except reject drop not',
);
const FORWARDS = words(
  'rules rule ports mappings mapping redirects redirect portforwards portforwarding portforward services list',
);
const ROUTING = words('ipforward ipforwarding routing route router');

const bare = (key: string): string => key.toLowerCase().replace(/[_\s-]/g, '');

/** Equal except for case, separators, a plural s, one missing, added or changed letter, or two swapped letters. */
function isNear(candidate: string, key: string): boolean {
  const [a, b] = [candidate, bare(key)];
  if (a === b || a === `${b}s` || b === `${a}s`) return true;
  if (Math.abs(a.length - b.length) > 1) return false;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return (
    a.slice(same + 1) === b.slice(same + 1) ||
    (a[same] === b[same + 1] && a[same + 1] === b[same] && a.slice(same + 2) === b.slice(same + 2)) ||
    a.slice(same + 1) === b.slice(same) ||
    a.slice(same) === b.slice(same + 1)
  );
}
