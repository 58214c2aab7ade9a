import { parseAddress } from '../../model/address.ts';
import { formatPorts } from '../../model/model.ts';
import { parsePorts } from '../../model/ports.ts';

/** For a target that is only a port: another machine, or a service of this host. */
export const portAloneRemedy = (port: string | number): string =>
  `write the address of the machine in front of it, such as 192.168.0.2:${port}; for a service of this host write 127.0.0.1:${port} and loopback: true`;

/** For the target `localhost`, with or without a port. */
export const localhostRemedy = (port: string | undefined): string =>
  `write 127.0.0.1${port === undefined ? '' : `:${port}`} and loopback: true`;

/**
 * `8000:8010` in a listen: a range, as iptables writes it, or the ports of listen and target, as container tools do.
 * `target` is the target of the forward.
 */
export function twoPortsRemedy(first: string, last: string, target: unknown): string {
  const [, address = '192.168.0.2'] =
    /^([\d.]{7,15}|\[[\da-f:.]{2,45}\])(?::[\d-]+)?$/i.exec(typeof target === 'string' ? target : '') ?? [];
  const single = `listen: ${first} with target: ${quoted(`${address}:${last}`)}`;
  const range = `${first}-${last}`;
  if (parsePorts(range) === undefined) return `write ${single}`;
  return `write listen: ${range} for a range of ports, or ${single} for one port`;
}

const quoted = (text: string): string => (text.startsWith('[') ? `"${text}"` : text);

/** YAML reads `[::]:443` without quotes as a list. `offset` is where it notices. Undefined if there is no such text. */
export function quotesRemedy(text: string, offset: number): string | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(start, start + MAX_LINE).split('\n', 1)[0] ?? '';
  for (const { 0: found, index } of line.matchAll(UNQUOTED)) {
    if (index <= offset - start && offset - start <= index + found.length && line[index - 1] !== '"')
      return `write "${found}", with the quotes`;
  }
  return undefined;
}

const MAX_LINE = 400;
const UNQUOTED = /\[[\da-f:.]{0,40}:[\da-f:.]{0,40}\](?::(?:[\w.*/:-]|\[[\da-f:.]{2,45}\]){1,100})?/gi;

/** An IPv6 address without brackets, with or without a port after it. Undefined if the text is anything else. */
export function bracketsRemedy(text: string, needsPort: boolean): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const colon = text.lastIndexOf(':');
  const [host, port] = [text.slice(0, colon), text.slice(colon + 1)];
  const withPort = isIPv6(host) && parsePorts(port) !== undefined ? `"[${host}]:${port}"` : undefined;
  const whole = isIPv6(text) ? `"[${text}]${needsPort ? ':6000' : ''}"` : undefined;
  if (withPort === undefined || whole === undefined) return (withPort ?? whole) && `write ${withPort ?? whole}`;
  return `write ${withPort}, or ${whole} if ${port} belongs to the address`;
}

const isIPv6 = (text: string): boolean => parseAddress(text)?.family === 'ip6';

/** `80 - 90`, `80..90`, `80–90`, `80:90`: a range as portfwd writes it. */
export function rangeMeantBy(text: string): string | undefined {
  const [, first = '', last = ''] = /^\s*(\d{1,5})\s*(?:-|\.\.|–|—|:|to)\s*(\d{1,5})\s*$/.exec(text) ?? [];
  const [low, high] = Number(first) <= Number(last) ? [first, last] : [last, first];
  const range = parsePorts(`${low}-${high}`);
  return range && formatPorts(range);
}

/** `10.0.0.2 5000`, `http://10.0.0.2:5000/`: the target that was probably meant. */
export function targetMeantBy(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const bare = text
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/$/, '');
  const meant = bare.replace(/\s*(?::|\s)\s*/, ':');
  const [, host = '', port] = /^([\d.]+|\[[\da-f:.]+\])(?::([\d-]+))?$/i.exec(meant) ?? [];
  const address = parseAddress(host.replace(/[[\]]/g, ''));
  const isGood = address !== undefined && (port === undefined || parsePorts(port) !== undefined);
  return isGood && meant !== text ? meant : undefined;
}

const MAX_LENGTH = 100;
