import type { Forward } from '../../../src/model/model.ts';
import type { Flow } from '../../../src/flows/flow.ts';
import { staleFlows } from '../../../src/flows/stale.ts';
import { forwardsOf } from '../../support/model.ts';

/** `udp 203.0.113.7:4000 > 203.0.113.1:6000 > 10.0.0.2:5000`, at the end ` as 10.0.0.1:1024` where it is masqueraded. */
export function flow(text: string): Flow {
  const [, protocol = '', client = '', listen = '', target = listen, as = client] =
    /^(tcp|udp|sctp) (\S+) > (\S+)(?: > (\S+))?(?: as (\S+))?$/.exec(text) ?? [];
  const [source, sourcePort] = endpoint(client);
  const [destination, destinationPort] = endpoint(listen);
  const [replySource, replySourcePort] = endpoint(target);
  const [replyDestination, replyDestinationPort] = endpoint(as);
  return {
    family: source.includes(':') ? 'ip6' : 'ip',
    protocol: protocol as Flow['protocol'],
    source,
    destination,
    sourcePort,
    destinationPort,
    replySource,
    replyDestination,
    replySourcePort,
    replyDestinationPort,
  };
}

function endpoint(text: string): [string, number] {
  const [, address = '', port = ''] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(text) ?? [];
  return [address, Number(port)];
}

export const forwards = (items: readonly string[]): readonly Forward[] =>
  items.length === 0 ? [] : forwardsOf(...items);

/** The host's addresses. */
export const LOCAL = new Set(['203.0.113.1', '203.0.113.2', '10.0.0.1', '192.168.0.2', '2001:db8:1::1', 'fe80::1']);

export interface Case {
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly keepConnections?: boolean;
}

export const isStale = (text: string, { before, after = [], keepConnections = false }: Case): boolean =>
  staleFlows({
    flows: [flow(text)],
    before: before && forwards(before),
    after: forwards(after),
    localAddresses: LOCAL,
    interfacesWith: () => [],
    keepConnections,
  }).length === 1;
