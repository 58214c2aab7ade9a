import type { Observations, ObservedSocket } from '../../diagnose/observations.ts';
import { readBridgeNetfilter, readLinks } from './bridge-ports.ts';
import { Failure } from '../../failure/failure.ts';
import { readForeignTables, type TableName } from './nft-tables.ts';
import { readListeningSockets, type ListeningSocket, readSocketOwners } from './sockets.ts';
import { readLocalPorts } from './local-ports.ts';
import { readReversePath } from './reverse-path.ts';
import { readSshSession } from './ssh-session.ts';

type Wants = (protocol: 'tcp' | 'udp', port: number) => boolean;

export interface Interest {
  /** Our own table, whose chains are nobody else's. */
  readonly ours: TableName;
  /** Only of these sockets is the process looked for, and only these are told of. */
  readonly wants: Promise<Wants>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads it all, at once, and the tools' part before it is known which sockets are wanted; changes nothing. What
 * needs rights that are missing stays undefined.
 */
export async function readObservations({ ours, wants, env }: Interest): Promise<Observations> {
  const [asked, sockets, tables, reversePath, bridges] = await Promise.all([
    wants,
    readListeningSockets(),
    known(readForeignTables(ours)),
    known(readReversePath()),
    known(readBridgeNetfilter()),
  ]);
  return {
    sockets: observed(sockets.filter(({ protocol, port }) => asked(protocol, port))),
    session: readSshSession(env),
    links: readLinks(),
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

/** A tool that is missing, or prints what is no JSON, leaves its part unknown: these are warnings, not the work itself. */
async function known<T>(reading: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Failure || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
