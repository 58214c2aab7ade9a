import type { Usage } from '../counters/ledger.ts';
import { formatListen, formatTarget, type Forward } from '../model/model.ts';

/** What is known of this host at one moment. */
export interface Measured {
  readonly version: string;
  /** The kernel holds the table of portfwd. */
  readonly loaded: boolean;
  readonly counting: CountersState;
  /** The file can be read and has no errors. */
  readonly configValid: boolean;
  /** Undefined: the file has errors, so there is nothing to compare the kernel with. */
  readonly inSync: boolean | undefined;
  /** Of each enabled forward in the file, by name: how many errors and warnings there are. */
  readonly warnings: ReadonlyMap<string, number>;
  /** Those that are loaded. */
  readonly forwards: readonly MeasuredForward[];
}

export interface MeasuredForward extends Usage {
  readonly forward: Forward;
  /** Undefined: the tracked connections were not read. */
  readonly open: { readonly connections: number; readonly clients: number } | undefined;
}

const COUNTERS_STATES = ['on', 'off', 'missing', 'full'] as const;
type CountersState = (typeof COUNTERS_STATES)[number];

/** One metric, with a sample for each set of labels. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The number of series depends on the number of forwards only, never on clients. `undefined`: nothing is known, and the
 * values of earlier readings must not stay.
 */
export function familiesOf(measured: Measured | undefined): readonly Family[] {
  const up = gauge('portfwd_up', 'Whether the state of the forwards could be read.', flag(measured !== undefined));
  return measured === undefined
    ? [up]
    : [up, ...hostFamilies(measured), ...forwardFamilies(measured.forwards), warningsFamily(measured.warnings)];
}

const hostFamilies = ({ version, loaded, configValid, inSync, counting, forwards }: Measured): Family[] => [
  gauge('portfwd_build_info', 'The version of portfwd; the value is always 1.', [{ labels: { version }, value: 1 }]),
  gauge('portfwd_table_loaded', 'Whether the kernel holds a table of portfwd.', flag(loaded)),
  gauge('portfwd_config_valid', 'Whether the file with the forwards can be read and has no errors.', flag(configValid)),
  gauge(
    'portfwd_in_sync',
    'Whether the kernel holds the forwards of the file, and the sysctls that they need are set. Absent if the file has errors.',
    inSync === undefined ? [] : flag(inSync),
  ),
  gauge('portfwd_forwards_loaded', 'How many forwards the kernel holds.', [{ labels: {}, value: forwards.length }]),
  gauge(
    'portfwd_counters_state',
    'Whether the kernel counts: on; off, by counters: false; missing, as its table was removed; full, so some are not counted.',
    COUNTERS_STATES.map((state) => ({ labels: { state }, value: Number(state === counting) })),
  ),
];

function forwardFamilies(forwards: readonly MeasuredForward[]): Family[] {
  const each = (value: (one: MeasuredForward) => number | undefined): Sample[] =>
    forwards.flatMap((one) => {
      const known = value(one);
      return known === undefined ? [] : [{ labels: { forward: one.forward.name }, value: known }];
    });
  return [
    gauge(
      'portfwd_forward_info',
      'A forward that the kernel holds; the value is always 1.',
      forwards.map(({ forward }) => ({ labels: infoOf(forward), value: 1 })),
    ),
    counter(
      'portfwd_forward_connections_total',
      'Connections and UDP flows that a forward passed on to its target.',
      each(({ connections }) => connections),
    ),
    counter(
      'portfwd_forward_received_bytes_total',
      'Bytes of IP packets from clients to the target.',
      each(({ sent }) => sent.bytes),
    ),
    counter(
      'portfwd_forward_received_packets_total',
      'Packets from clients to the target.',
      each(({ sent }) => sent.packets),
    ),
    counter(
      'portfwd_forward_sent_bytes_total',
      'Bytes of IP packets from the target to clients.',
      each(({ replies }) => replies.bytes),
    ),
    counter(
      'portfwd_forward_sent_packets_total',
      'Packets from the target to clients.',
      each(({ replies }) => replies.packets),
    ),
    gauge(
      'portfwd_forward_open_connections',
      'Connections that conntrack tracks as open.',
      each(({ open }) => open?.connections),
    ),
    gauge(
      'portfwd_forward_clients',
      'Client addresses with an open connection.',
      each(({ open }) => open?.clients),
    ),
  ];
}

const warningsFamily = (warnings: Measured['warnings']): Family =>
  gauge(
    'portfwd_forward_warnings',
    'How many errors and warnings portfwd check reports for a forward of the file.',
    [...warnings].map(([forward, value]) => ({ labels: { forward }, value })),
  );

const infoOf = ({ name, family, protocols, listens, target }: Forward): Sample['labels'] => ({
  forward: name,
  protocol: protocols.join(','),
  listen: listens.map((listen) => formatListen(listen, family)).join(','),
  target: formatTarget(target),
});

const flag = (isSet: boolean): Sample[] => [{ labels: {}, value: Number(isSet) }];

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
});

const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'counter',
  help,
  samples,
});
