import { web, type CountersLab, type Used } from '../counters/counters-lab.ts';
import type { Values } from './prometheus.ts';

export const FORWARDS = [web(), { name: 'other', listen: '203.0.113.2:6001', target: '10.0.0.3:5001' }] as const;

/** Another program sets the counters to 0. */
export const flush = async ({ lab }: CountersLab, ...sets: readonly string[]): Promise<string> =>
  lab.sh('host', sets.map((name) => `nft flush set inet portfwd_counters pf_${name}4`).join(';'));

/** The values of a metric by forward, or by an empty name. */
export const valuesIn = (text: string, metric: string): Values =>
  Object.fromEntries(
    [...text.matchAll(/^(?<name>\w+)(?:\{(?:.*?forward="(?<forward>[^"]*)")?.*\})? (?<value>\S+)$/gm)]
      .filter(({ groups }) => groups?.['name'] === metric)
      .map(({ groups }) => [groups?.['forward'] ?? '', Number(groups?.['value'])]),
  );

/** Each counter, and what `stats` says for it. */
export const COUNTERS: Readonly<Record<string, (used: Used) => number>> = {
  portfwd_forward_connections_total: ({ connections }) => connections,
  portfwd_forward_received_bytes_total: ({ received }) => received.bytes,
  portfwd_forward_received_packets_total: ({ received }) => received.packets,
  portfwd_forward_sent_bytes_total: ({ sent }) => sent.bytes,
  portfwd_forward_sent_packets_total: ({ sent }) => sent.packets,
};

export const inStats = async (flows: CountersLab): Promise<Readonly<Record<string, Values>>> => {
  const { forwards } = await flows.stats();
  return Object.fromEntries(
    Object.entries(COUNTERS).map(([name, valueOf]) => [
      name,
      Object.fromEntries(forwards.map((used) => [used.name, valueOf(used)])),
    ]),
  );
};

export const inText = (text: string): Readonly<Record<string, Values>> =>
  Object.fromEntries(Object.keys(COUNTERS).map((name) => [name, valuesIn(text, name)]));
