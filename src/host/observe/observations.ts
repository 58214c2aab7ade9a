import { readBridgeNetfilter, type BridgeNetfilter, readLinks } from './bridge-ports.ts';
import { Failure } from '../../failure/failure.ts';
import { readForeignTables, type NftTable, type TableName } from './nft-tables.ts';
import type { IptablesTable } from './iptables-tables.ts';
import { readListeningSockets, type ListeningSocket, readSocketOwners } from './sockets.ts';
import { readLocalPorts, type LocalPorts } from './local-ports.ts';
import { readReversePath, type ReversePath } from './reverse-path.ts';
import { readSshSession, type SshSession } from './ssh-session.ts';

/** The host's present state, as far as it can do something to a forward. Undefined: not known. */
export interface Observations {
  readonly sockets: readonly ObservedSocket[];
  readonly session: SshSession | undefined;
  readonly links: readonly string[] | undefined;
  readonly tables: readonly (NftTable | IptablesTable)[] | undefined;
  readonly localPorts: LocalPorts | undefined;
  readonly reversePath: ReversePath | undefined;
  readonly bridges: BridgeNetfilter | undefined;
}

type ObservedSocket = Omit<ListeningSocket, 'inode'> & { readonly process: string | undefined };

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
