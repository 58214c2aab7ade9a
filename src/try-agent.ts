// One machine of `portfwd try`: runs in a network namespace, which ends with it. Serves, asks and runs commands as JSON
// lines on standard input say. It ends if its input does, also if portfwd is killed.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

interface Service {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

interface Probe {
  readonly protocol: string;
  /** Undefined: the kernel selects it. */
  readonly source?: string;
  readonly destination: string;
  readonly port: number;
  /** Milliseconds. */
  readonly timeout: number;
}

type Order =
  | { readonly kind: 'run'; readonly command: readonly string[]; readonly input: string }
  | { readonly kind: 'serve'; readonly services: readonly Service[] }
  | { readonly kind: 'probe'; readonly probe: Probe };

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(line))
  .on('close', () => process.exit());
process.stdout.write('{"id":0,"result":"ready"}\n');

async function answer(line: string): Promise<void> {
  const { id, order } = JSON.parse(line) as { readonly id: number; readonly order: Order };
  const reply = await carryOut(order).then(
    (result) => ({ id, result }),
    (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) }),
  );
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'run':
      return run(order.command, order.input);
    case 'serve':
      return Promise.all(order.services.map((service) => (service.protocol === 'tcp' ? serveTcp : serveUdp)(service)));
    case 'probe':
      return (order.probe.protocol === 'tcp' ? askTcp : askUdp)(order.probe);
  }
}

/** Throws what the command printed if it fails. */
async function run([file = '', ...args]: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    child
      .on('error', reject)
      .on('close', (code, signal) =>
        code === 0 ? resolve(output) : reject(new Error(output || `${file} ended with ${signal ?? code}`)),
      );
    child.stdin.on('error', () => undefined).end(input);
  });
}

const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '').replace(/%.*/, '');

/** Each answer says where the service was reached, and whom it sees. */
const serveTcp = async ({ address, port }: Service): Promise<unknown> =>
  new Promise((resolve, reject) => {
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(JSON.stringify({ at: address, port, sees: plain(socket.remoteAddress) }));
    })
      .on('error', reject)
      .listen({ host: address, port }, () => resolve(true));
  });

const serveUdp = async ({ address, port }: Service): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket
      .on('message', (_, peer) => {
        const text = JSON.stringify({ at: address, port, sees: plain(peer.address) });
        socket.send(text, peer.port, peer.address, () => undefined);
      })
      .on('error', reject)
      .bind(port, address, () => resolve(true));
  });

/** Null: no answer. */
const askTcp = async ({ source, destination, port, timeout }: Probe): Promise<unknown> =>
  new Promise((resolve) => {
    const socket = connect({ host: destination, port, ...(source === undefined ? {} : { localAddress: source }) });
    let text = '';
    const end = (result: unknown): void => {
      socket.destroy();
      clearTimeout(late);
      resolve(result);
    };
    const late = setTimeout(() => end(null), timeout);
    socket
      .on('data', (chunk) => (text += String(chunk)))
      .on('error', () => end(null))
      .on('end', () => end(parsed(text)));
  });

const askUdp = async ({ source, destination, port, timeout }: Probe): Promise<unknown> =>
  new Promise((resolve) => {
    const socket = createSocket(destination.includes(':') ? 'udp6' : 'udp4');
    let again: ReturnType<typeof setInterval> | undefined;
    let isOver = false;
    const end = (result: unknown): void => {
      if (isOver) return;
      isOver = true;
      clearInterval(again);
      clearTimeout(late);
      socket.close();
      resolve(result);
    };
    const late = setTimeout(() => end(null), timeout);
    const send = (): void => socket.send('?', () => undefined);
    socket.on('error', () => end(null)).on('message', (text) => end(parsed(text.toString())));
    socket.bind(0, source, () =>
      socket.connect(port, destination, (error?: Error) => {
        if (error !== undefined && error !== null) return end(null);
        send();
        again = setInterval(send, 200);
      }),
    );
  });

const parsed = (text: string): unknown => (text === '' ? null : JSON.parse(text));
