import { execa } from 'execa';

/** More than the buffers of the connection hold before its first large packet must arrive. */
const BYTES = 200_000;

/** Answers a small request with much, and much with a small answer. */
const SERVER = `
  require('node:net').createServer((socket) => {
    let received = 0;
    socket.on('error', () => {});
    socket.on('data', (part) => {
      received += part.length;
      if (part[0] === 100) socket.end(Buffer.alloc(${BYTES}, 97));
      else if (received >= ${BYTES}) socket.end('thanks');
    });
  }).listen(Number(process.argv[1]), process.argv[2], () => console.log('serving'));
`;

const CLIENT = `
  const [to, port, way, wait] = process.argv.slice(1);
  const socket = require('node:net').connect(Number(port), to);
  let received = 0;
  const end = (text) => { console.log(text); process.exit(); };
  setTimeout(() => end('hangs'), Number(wait));
  socket.on('error', (error) => end(error.code));
  socket.on('data', (part) => { received += part.length; });
  socket.on('connect', () => socket.write(way === 'download' ? 'd' : Buffer.alloc(${BYTES}, 117)));
  socket.on('end', () => end(received >= (way === 'download' ? ${BYTES} : 6) ? 'passes' : 'is cut'));
`;

/** Serves in a namespace until the returned function is called. */
export async function serveTransfers(namespace: string, address: string, port: number): Promise<() => Promise<void>> {
  const server = execa('ip', ['netns', 'exec', namespace, process.execPath, '-e', SERVER, `${port}`, address], {
    reject: false,
  });
  await new Promise((resolve) => server.stdout.once('data', resolve));
  return async () => {
    server.kill();
    await server;
  };
}

export type Way = 'download' | 'upload';

/** `passes`, or `hangs` if nothing is complete after so many milliseconds. */
export async function transfer(namespace: string, to: string, port: number, way: Way, wait: number): Promise<string> {
  const words = [to, `${port}`, way, `${wait}`];
  return (await execa('ip', ['netns', 'exec', namespace, process.execPath, '-e', CLIENT, ...words])).stdout;
}
