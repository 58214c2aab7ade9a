import type { LocalPorts, Observations, ObservedSocket } from '../../diagnose/observations.ts';
import { readBridgeNetfilter } from './bridge-ports.ts';
import { readLinks } from './links.ts';
import { Failure } from '../../failure/failure.ts';
import { readForeignTables, type TableName } from './nft-tables.ts';
import { readSocketOwners } from './socket-owners.ts';
import { readListeningSockets, type ListeningSocket } from './sockets.ts';
import { readSysctl } from '../state/sysctl.ts';
import { readReversePath } from './reverse-path.ts';
import { readSshSession } from './ssh-session.ts';

type Wants = (protocol: 'tcp' | 'udp', port: number) => boolean;

export interface ObservationRequest {
  /** The tables of portfwd, which are left out. */
  readonly ours: readonly TableName[];
  /** Selects the sockets to return; finding the process of a socket takes long. */
  readonly wants: Promise<Wants>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs all tools at the same time, before `wants` is known. A part stays undefined if it needs more permissions, or if a
 * tool is missing or fails. Changes nothing.
 */
export async function readObservations({
  ours,
  wants,
  env,
}: ObservationRequest): Promise<Omit<Observations, 'replies'>> {
  const [asked, sockets, tables, reversePath, bridges, links] = await Promise.all([
    wants,
    readListeningSockets(),
    known(readForeignTables(ours)),
    known(readReversePath()),
    known(readBridgeNetfilter()),
    readLinks(),
  ]);
  return {
    sockets: observed(sockets.filter(({ protocol, port }) => asked(protocol, port))),
    session: readSshSession(env),
    links,
    tables,
    localPorts: readLocalPorts(),
    reversePath,
    bridges,
  };
}

function observed(sockets: readonly ListeningSocket[]): ObservedSocket[] {
  const owners = readSocketOwners(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ inode, ...socket }) => ({ ...socket, process: owners.get(inode) }));
}

/** Observations only cause findings: if a tool fails, the command continues without them. */
async function known<T>(reading: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function readLocalPorts(): LocalPorts | undefined {
  const [first, last] = (readSysctl('net/ipv4/ip_local_port_range') ?? '').split(/\s+/).map(Number);
  if (!first || !last) return undefined;
  const reserved = readSysctl('net/ipv4/ip_local_reserved_ports') ?? '';
  return { range: { first, last }, reserved: reserved.split(',').filter(Boolean).map(portsOf) };
}

/** `8080` or `9000-9010`. */
function portsOf(text: string): LocalPorts['range'] {
  const [first = 0, last = first] = text.split('-').map(Number);
  return { first, last };
}
