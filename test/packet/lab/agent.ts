import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export type Protocol = 'tcp' | 'udp';

export interface Answer {
  readonly who: string;
  /** The address and port the service was reached at, after translation. */
  readonly at: string;
  readonly port: number;
  /** The client's address as the service sees it. */
  readonly sees: string;
}

/**
 * Milliseconds. `answer` is only waited for completely if no answer comes, so it can be long enough for a busy machine.
 * `silence` is always waited for completely.
 */
export const PATIENCE = { answer: 20_000, silence: 400 } as const;

interface Probe {
  readonly protocol: Protocol;
  readonly to: string;
  readonly port: number;
  readonly from?: string;
  readonly fromPort?: number;
  /** Milliseconds. */
  readonly timeout: number;
}

/** A TCP connection, or datagrams from one port, with numbered messages. */
interface StreamOrder extends Omit<Probe, 'timeout'> {
  /** Milliseconds between two messages; without it, only `ask` sends. */
  readonly every?: number;
  /** TCP: blanks before each message. */
  readonly pad?: number;
}

export interface Heard {
  readonly sent: number;
  /** In the order they came in. */
  readonly answers: readonly (Answer & { readonly number: number })[];
  /** The connection could not be made, or was ended by the other side. */
  readonly closed: boolean;
}

export interface Stream {
  /** With the answers to messages after this number. */
  readonly heard: (after?: number) => Promise<Heard>;
  /** Sends a message. Null if it is not answered in so many milliseconds. */
  readonly ask: (timeout: number) => Promise<Answer | null>;
  readonly end: () => Promise<void>;
}

/** The first packet of a connection. */
export type Start = Required<Omit<Probe, 'timeout'>>;

export interface Agent {
  /** `hold`: for streams, a TCP connection stays open and answers line by line. */
  readonly serve: (service: {
    protocol: Protocol;
    address: string;
    port: number;
    as?: string;
    hold?: boolean;
    /** Milliseconds until a datagram is answered. */
    delay?: number;
  }) => Promise<void>;
  /** Null when nothing answered in time. */
  readonly probe: (probe: Probe) => Promise<Answer | null>;
  readonly stream: (order: StreamOrder) => Promise<Stream>;
  /** Sends them all and waits for no answer. */
  readonly send: (packets: readonly Start[]) => Promise<void>;
  /** How late a delayed answer was at worst since the last call, in milliseconds. */
  readonly lateness: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts an agent in a namespace and waits until it listens to orders. */
export async function startAgent(namespace: string): Promise<Agent> {
  const script = new URL('agent.mjs', import.meta.url).pathname;
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, script, namespace], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = new Map<number, (result: unknown) => void>();
  const ready = new Promise((resolve) => waiting.set(0, resolve));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result } = JSON.parse(line) as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let last = 0;
  const order = async (command: string, details: object): Promise<unknown> => {
    const id = (last += 1);
    const result = new Promise((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ id, command, ...details })}\n`);
    return result;
  };
  await ready;
  return {
    serve: async (service) => {
      const result = await order('serve', service);
      if (result !== 'serving')
        throw new Error(`${namespace} cannot serve ${JSON.stringify(service)}: ${JSON.stringify(result)}`);
    },
    probe: async (probe) => (await order('probe', probe)) as Answer | null,
    stream: async (details) => {
      const stream = await order('stream', details);
      const heard: Stream['heard'] = async (after = 0) => (await order('heard', { stream, after })) as Heard;
      return {
        heard,
        ask: async (timeout) => {
          const number = (await order('sendOn', { stream })) as number;
          for (const end = Date.now() + timeout; Date.now() < end; await sleep(10)) {
            const { answers, closed } = await heard(number - 1);
            const [answer] = answers;
            if (answer !== undefined || closed) return answer === undefined ? null : withoutNumber(answer);
          }
          return null;
        },
        end: async () => void (await order('endStream', { stream })),
      };
    },
    lateness: async () => (await order('lateness', {})) as number,
    send: async (packets) => void (await order('send', { packets })),
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

const withoutNumber = ({ who, at, port, sees }: Answer): Answer => ({ who, at, port, sees });
