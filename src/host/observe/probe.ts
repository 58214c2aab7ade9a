import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Probed } from '../../doctor/evidence.ts';

/** A port of a target. */
export interface ProbeTarget {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

/** Milliseconds: long enough for the second SYN, which the kernel sends after a second. */
const LIMIT = 1500;
/** A UDP service need not answer, so only an ICMP message is waited for. */
const UDP_LIMIT = 500;
/** At one time. */
const AT_ONCE = 100;
/** Milliseconds for all of them. Those that are left then are not probed. */
const BUDGET = 5000;

/**
 * Opens a TCP connection to each target and closes it at once; sends an empty datagram to each UDP target. Sends nothing
 * to any other machine. In the order of the targets; undefined: there was no time left.
 */
export async function probeTargets(targets: readonly ProbeTarget[]): Promise<readonly (Probed | undefined)[]> {
  const results: (Probed | undefined)[] = targets.map(() => undefined);
  const until = Date.now() + BUDGET;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < targets.length && Date.now() < until; at = next++) {
      const target = targets[at];
      if (target !== undefined)
        results[at] = target.protocol === 'tcp' ? await probeTcp(target) : await probeUdp(target);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, targets.length) }, worker));
  return results;
}

const probeTcp = async ({ address, port }: ProbeTarget): Promise<Probed> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (probed: Probed): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(probed);
    };
    // An answer that came in meanwhile counts, if this process had to wait for the processor.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => end({ result: 'silent' }))), LIMIT);
    socket.once('connect', () => end({ result: 'answered' }));
    socket.on('error', (error) => end(resultOf(error)));
  });

const probeUdp = async ({ address, port }: ProbeTarget): Promise<Probed> =>
  new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    let isOver = false;
    const end = (probed: Probed): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      socket.close();
      resolve(probed);
    };
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => end({ result: 'silent' }))), UDP_LIMIT);
    socket.on('error', (error) => end(resultOf(error)));
    socket.on('message', () => end({ result: 'answered' }));
    // Only a connected socket learns of ICMP messages.
    socket.connect(port, address, () => socket.send(new Uint8Array(0)));
  });

function resultOf(error: NodeJS.ErrnoException): Probed {
  const code = error.code ?? error.message;
  return { result: RESULTS[code] ?? 'not-sent', error: code };
}

const RESULTS: Readonly<Record<string, Probed['result']>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'answered',
  EHOSTUNREACH: 'rejected',
  EACCES: 'rejected',
  ETIMEDOUT: 'silent',
};
