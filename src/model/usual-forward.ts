import type { ModelPath } from '../finding/finding.ts';
import { parseAddress } from './address.ts';
import { deriveName } from './forward-name.ts';
import type { Forward, Protocol } from './model.ts';

/**
 * The shorthand that long lists consist of, `6000:192.168.0.2:5000/udp`, in one look: a third of the time for
 * 10 000 of them. Undefined for everything else, and for what is wrong; a property test holds that it is the
 * forward that the same listen, target and protocol make in full.
 */
export function parseUsual(text: string, path: ModelPath): Forward | undefined {
  const match = USUAL.exec(text);
  if (match === null) return undefined;
  const listen = Number(match[1]);
  const port = Number(match[3]);
  const address = parseAddress(match[2] ?? '');
  if (address === undefined || listen > 65535 || port > 65535) return undefined;
  const protocols = PROTOCOLS[(match[4] ?? 'tcp') as Protocol];
  const listens = [
    { address: undefined, family: undefined, ports: { first: listen, last: listen }, path: [...path, 'listen'] },
  ];
  return {
    name: deriveName({ protocols, family: 'ip', listens, interfaces: NONE }),
    family: 'ip',
    protocols,
    listens,
    target: { address: address.text, ports: { first: port, last: port }, path: [...path, 'target'] },
    interfaces: NONE,
    from: NONE,
    masquerade: 'auto',
    loopback: false,
    enabled: true,
    comment: undefined,
    path,
  };
}

const USUAL = /^([1-9]\d{0,4}):(\d+\.\d+\.\d+\.\d+):([1-9]\d{0,4})(?:\/(tcp|udp|sctp))?$/;
const PROTOCOLS = { tcp: ['tcp'], udp: ['udp'], sctp: ['sctp'] } as const;
const NONE: readonly string[] = [];
