import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Start } from './agent.ts';

/** What the host's connection tracking holds of a connection: where its answers come from and go to. */
export interface Connection {
  readonly from: { readonly address: string; readonly port: number };
  readonly to: string;
}

export interface ConnectionWatch {
  /** Undefined when none was seen in time, in milliseconds. */
  readonly find: (start: Start, patience: number) => Promise<Connection | undefined>;
  readonly stop: () => Promise<void>;
}

/** Listens to what conntrack tells of new connections: an entry may be gone at once, when the answer is a refusal. */
export async function watchConnections(): Promise<ConnectionWatch> {
  const args = ['netns', 'exec', 'host', 'conntrack', '-E', '-e', 'NEW', '-b', '8388608'];
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const seen = new Map<string, Connection>();
  const waiting = new Map<string, (connection: Connection) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { key, connection } = parseEvent(line);
    seen.set(key, connection);
    waiting.get(key)?.(connection);
  });
  return {
    find: async (start, patience) => {
      const key = keyOf(start);
      return seen.get(key) ?? soon(patience, (found) => void waiting.set(key, found));
    },
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

const soon = async (patience: number, wait: (found: (connection: Connection) => void) => void) =>
  new Promise<Connection | undefined>((resolve) => {
    const late = setTimeout(() => resolve(undefined), patience);
    wait((connection) => (clearTimeout(late), resolve(connection)));
  });

const keyOf = ({ protocol, from, fromPort, to, port }: Start): string =>
  [protocol, bare(from), fromPort, bare(to), port].join(' ');

const bare = (address: string): string => address.replace(/%.*/, '');

/** `[NEW] udp 17 30 src=… dst=… sport=… dport=… [UNREPLIED] src=… dst=… sport=… dport=…` */
function parseEvent(line: string): { readonly key: string; readonly connection: Connection } {
  const values = (name: string): string[] =>
    [...line.matchAll(new RegExp(`\\b${name}=(\\S+)`, 'g'))].map(([, value = '']) => value);
  const [protocol = ''] = /tcp|udp/.exec(line) ?? [];
  const [src, dst, sport, dport] = ['src', 'dst', 'sport', 'dport'].map(values);
  return {
    key: [protocol, src?.[0], sport?.[0], dst?.[0], dport?.[0]].join(' '),
    connection: { from: { address: src?.[1] ?? '', port: Number(sport?.[1]) }, to: dst?.[1] ?? '' },
  };
}
