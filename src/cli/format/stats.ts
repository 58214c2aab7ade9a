import type { ForwardUsage, UsageNow } from '../../apply/counters/usage.ts';
import type { Rates } from '../../counters/rates.ts';
import { formatListen, formatTarget } from '../../model/model.ts';
import { formatBytes, formatRate } from '../../counters/amounts.ts';
import { formatTable } from './table.ts';

type RatesOf = (usage: ForwardUsage) => Rates | undefined;

/** A line for each forward. */
export function formatStats(forwards: readonly ForwardUsage[], rates: RatesOf, withRates: boolean): string {
  const head = ['NAME', 'LISTEN', 'CONNECTIONS', 'OPEN', 'CLIENTS', 'RECEIVED', 'PACKETS', 'SENT', 'PACKETS'];
  const rows = forwards.map((usage) => {
    const { forward, clients, sent, replies, connections } = usage;
    const now = rates(usage);
    return [
      forward.name,
      forward.listens.map((listen) => formatListen(listen, forward.family)).join(','),
      String(connections),
      openOf(usage),
      clients === undefined ? '-' : String(clients.filter(({ open }) => open > 0).length),
      formatBytes(sent.bytes),
      String(sent.packets),
      formatBytes(replies.bytes),
      String(replies.packets),
      ...(withRates
        ? [
            formatRate(now?.sentBytes),
            formatRate(now?.repliesBytes),
            now === undefined ? '-' : now.connections.toFixed(1),
          ]
        : []),
    ];
  });
  return formatTable([withRates ? [...head, 'RECEIVING', 'SENDING', 'CONN/S'] : head, ...rows]);
}

const openOf = ({ clients }: ForwardUsage): string =>
  clients === undefined ? '-' : String(clients.reduce((sum, { open }) => sum + open, 0));

/** A line for each client of each forward: what is open now. */
export const formatClients = (forwards: readonly ForwardUsage[]): string =>
  formatTable([
    ['NAME', 'CLIENT', 'OPEN', 'RECEIVED', 'SENT'],
    ...forwards.flatMap(({ forward, clients = [] }) =>
      clients.map(({ address, open, bytes }) => [
        forward.name,
        address,
        String(open),
        bytes === undefined ? '-' : formatBytes(bytes.sent),
        bytes === undefined ? '-' : formatBytes(bytes.replies),
      ]),
    ),
  ]);

/** Numbers as they are. `received`: from clients; `sent`: to clients. */
export const statsJson = ({ forwards, counting }: UsageNow, rates: RatesOf, withClients: boolean): object => ({
  counting,
  forwards: forwards.map((usage) => {
    const { forward, clients, sent, replies, connections } = usage;
    const now = rates(usage);
    return {
      name: forward.name,
      listen: forward.listens.map((listen) => formatListen(listen, forward.family)),
      target: formatTarget(forward.target),
      connections,
      received: sent,
      sent: replies,
      ...(clients === undefined ? {} : { open: clients.reduce((sum, { open }) => sum + open, 0) }),
      ...(now === undefined
        ? {}
        : {
            perSecond: { connections: now.connections, receivedBytes: now.sentBytes, sentBytes: now.repliesBytes },
          }),
      ...(withClients && clients !== undefined
        ? {
            clients: clients.map(({ address, open, bytes }) => ({
              address,
              open,
              ...(bytes === undefined ? {} : { receivedBytes: bytes.sent, sentBytes: bytes.replies }),
            })),
          }
        : {}),
    };
  }),
});
