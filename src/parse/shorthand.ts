import { quote } from '../finding/quote.ts';
import { sorted } from '../model/forward-keys.ts';
import type { Protocol } from '../model/model.ts';
import { parsePorts } from '../model/ports.ts';
import { parseListenText, parseTargetText, type Fault, type Parsed } from './endpoint.ts';
import { listOf, type ForwardInput } from './schema.ts';
import { protocolsMeantBy } from './spelling/protocols.ts';
import { shorthandMeantBy } from './spelling/shorthand-lines.ts';

/** Splits `LISTEN:TARGET[/PROTOCOL]` into the keys of a forward. Their values are parsed later, as those of a mapping. */
export function parseShorthand(text: string): Parsed<ForwardInput> {
  const parsed = parseExactly(text);
  if ('ok' in parsed) return parsed;
  const meant = shorthandMeantBy(text);
  return meant !== undefined && isSound(meant) ? fault(parsed.fault.message, `write ${inQuotes(meant)}`) : parsed;
}

function parseExactly(text: string): Parsed<ForwardInput> {
  if (/\s/.test(text)) return fault(`${quote(text)} contains spaces`, 'remove them');
  const { endpoints, protocol } = splitProtocol(text);
  if (protocol === undefined) return fault(`invalid protocol in ${quote(text)}`, 'write /tcp, /udp or /sctp');
  const parts = endpoints.match(/\[[^[\]]*\]|[^:[\]]+/g) ?? [];
  if (parts.join(':') !== endpoints || endpoints.includes('=') || protocolsMeantBy(parts[0] ?? '') !== undefined)
    return fault(`invalid forward ${quote(text)}`, REMEDY);
  const listenParts = /^[\d,-]+$/.test(parts[0] ?? '') ? 1 : 2;
  if (listenParts === 2 && /\[|\.\d+\./.test(parts[1] ?? ''))
    return fault(`${quote(text)} has no port to listen on`, `write "${[parts[0], 6000, ...parts.slice(1)].join(':')}"`);
  const listen = parts.slice(0, listenParts).join(':');
  const target = parts.slice(listenParts);
  if (target.length === 0 || target.length > 2) return fault(`invalid forward ${quote(text)}`, REMEDY);
  if (/^[\d-]+$/.test(target[0] ?? '')) return noAddress(text, listen, target);
  return { ok: { listen: listensIn(listen), target: target.join(':'), protocol } };
}

/** The protocol is at the end, or after the port of the listen. Undefined if it is not clear. */
function splitProtocol(text: string): { readonly endpoints: string; readonly protocol?: Protocol | Protocol[] } {
  const found: (readonly Protocol[] | undefined)[] = [];
  const endpoints = text.replaceAll(PROTOCOL, (_, words: string) => {
    found.push(protocolsMeantBy(words));
    return '';
  });
  const [first = ['tcp' as const], ...others] = found;
  const isClear =
    found.every((one) => one !== undefined) &&
    others.every((other) => other !== undefined && sorted(other) === sorted(first));
  if (!isClear || endpoints.includes('/')) return { endpoints };
  const [only] = first;
  return { endpoints: endpoints.replace(/^:(?!:)/, ''), protocol: first.length === 1 && only ? only : [...first] };
}

/** `/udp`, `/tcp+udp` before a colon or at the end. */
const PROTOCOL = /\/([A-Za-z][A-Za-z+,/]{0,20})(?=:|$)/g;

/** `80,443` */
function listensIn(listen: string): string | string[] {
  const ports = listen.split(',');
  return ports.length > 1 && ports.every((port) => parsePorts(port) !== undefined) ? ports : listen;
}

function noAddress(text: string, listen: string, [port = '', last]: readonly string[]): { fault: Fault } {
  const range = `${listen}-${port}`;
  if (last !== undefined && /\./.test(last) && parsePorts(range) !== undefined)
    return fault(`${quote(text)} has two ports with ":" between them`, `write ${range}:${last}`);
  return fault(
    `${quote(text)} has no target address`,
    `write ${listen}:192.168.0.2:${port}; for a service of this host write {listen: ${listen}, target: "127.0.0.1:${port}", loopback: true}`,
  );
}

function isSound(text: string): boolean {
  const parsed = parseExactly(text);
  if ('fault' in parsed) return false;
  const { listen, target } = parsed.ok;
  return listOf(listen).every((one) => 'ok' in parseListenText(`${one}`)) && 'ok' in parseTargetText(target);
}

const inQuotes = (text: string): string => (/^[[*]/.test(text) ? `"${text}"` : text);

const REMEDY = 'write LISTEN:TARGET[/PROTOCOL], such as "6000:192.168.0.2:5000" or "[::]:443:[2001:db8::10]:8443/tcp"';

const fault = (message: string, remedy: string): { fault: Fault } => ({ fault: { about: 'syntax', message, remedy } });
