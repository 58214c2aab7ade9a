import { quote } from '../finding/quote.ts';
import { parsePorts } from '../model/ports.ts';
import type { Fault, Parsed } from './endpoint.ts';
import type { ForwardInput } from './schema.ts';

const PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

/** Splits `LISTEN:TARGET[/PROTOCOL]` into the keys of a forward. Their values are parsed later, as those of a mapping. */
export function parseShorthand(text: string): Parsed<ForwardInput> {
  if (/\s/.test(text)) return fault(`${quote(text)} contains spaces`, 'remove them');
  if (/\/(?:tcp[/+,]udp|udp[/+,]tcp|both|all|any)$/i.test(text))
    return fault(
      `${quote(text)} has several protocols`,
      'write a mapping with the keys listen and target, and protocol: [tcp, udp]',
    );
  const slash = text.lastIndexOf('/');
  const endpoints = slash === -1 ? text : text.slice(0, slash);
  const protocol = slash === -1 ? 'tcp' : text.slice(slash + 1);
  if (!PROTOCOLS.has(protocol)) return fault(`invalid protocol ${quote(protocol)}`, 'write /tcp, /udp or /sctp');
  const parts = endpoints.match(/\[[^[\]]*\]|[^:[\]]+/g) ?? [];
  if (parts.join(':') !== endpoints) return fault(`invalid forward ${quote(text)}`, REMEDY);
  const separated = parts[0]?.split(',') ?? [];
  if (separated.length > 1 && separated.every((part) => parsePorts(part) !== undefined))
    return fault(
      `${quote(text)} has several ports to listen on`,
      `write a mapping: {listen: [${separated.join(', ')}], target: "${parts.slice(1).join(':')}"}`,
    );
  const listenParts = /^[\d-]+$/.test(parts[0] ?? '') ? 1 : 2;
  if (listenParts === 2 && /\[|\.\d+\./.test(parts[1] ?? ''))
    return fault(`${quote(text)} has no port to listen on`, `write "${[parts[0], 6000, ...parts.slice(1)].join(':')}"`);
  const listen = parts.slice(0, listenParts).join(':');
  const target = parts.slice(listenParts);
  if (target.length === 0 || target.length > 2) return fault(`invalid forward ${quote(text)}`, REMEDY);
  const range = `${parts[0]}-${parts[1]}`;
  if (target.length === 2 && /\./.test(target[1] ?? '') && parsePorts(range) !== undefined)
    return fault(
      `${quote(text)} has two ports with ":" between them`,
      `write a range as ${range}: ${range}:${target[1]}`,
    );
  if (/^[\d-]+$/.test(target[0] ?? ''))
    return fault(
      `${quote(text)} has no target address`,
      `write ${listen}:192.168.0.2:${target[0]}; for a service of this host write {listen: ${listen}, target: "127.0.0.1:${target[0]}", loopback: true}`,
    );
  return { ok: { listen, target: target.join(':'), protocol: protocol as 'tcp' } };
}

const REMEDY = 'write LISTEN:TARGET[/PROTOCOL], such as "6000:192.168.0.2:5000" or "[::]:443:[2001:db8::10]:8443/tcp"';

const fault = (message: string, remedy: string): { fault: Fault } => ({ fault: { about: 'syntax', message, remedy } });
