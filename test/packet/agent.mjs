// Runs inside a network namespace: serves and asks, told so by JSON lines on standard input.
// What it serves answers who it is, on which address and port it was reached, and whom it sees.
import { createSocket } from 'node:dgram';
import { createServer, connect } from 'node:net';
import { createInterface } from 'node:readline';

const who = process.argv[2];
const plain = (address) => address.replace(/^::ffff:/, '').replace(/%.*/, '');
const answer = (address, port, peer) => JSON.stringify({ who, at: plain(address), port, sees: plain(peer) });

function serve({ protocol, address, port, as = who }) {
  const name = (text) => text.replace(`"who":"${who}"`, `"who":"${as}"`);
  return new Promise((resolve, reject) => {
    if (protocol === 'tcp') {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.end(name(answer(socket.localAddress ?? '', socket.localPort ?? 0, socket.remoteAddress ?? '')));
      });
      server.on('error', reject).listen({ port, host: address }, () => resolve('serving'));
    } else {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.on('message', (_, peer) =>
        socket.send(name(answer(address, port, peer.address)), peer.port, peer.address),
      );
      socket.on('error', reject).bind(port, address, () => resolve('serving'));
    }
  });
}

const probes = {
  tcp: ({ to, port, from, fromPort, timeout }) =>
    new Promise((resolve) => {
      const socket = connect({ host: to, port, localAddress: from, localPort: fromPort });
      let text = '';
      const end = (result) => (socket.destroy(), resolve(result));
      socket.setTimeout(timeout, () => end(null));
      socket.on('data', (chunk) => (text += chunk)).on('error', () => end(null));
      socket.on('end', () => end(text === '' ? null : JSON.parse(text)));
    }),
  udp: ({ to, port, from, fromPort, timeout }) =>
    new Promise((resolve) => {
      const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
      const end = (result) => (clearInterval(again), clearTimeout(late), socket.close(), resolve(result));
      const late = setTimeout(() => end(null), timeout);
      let again;
      socket.on('error', () => {}).on('message', (text) => end(JSON.parse(text)));
      socket.bind(fromPort, from, () =>
        socket.connect(port, to, (error) => {
          if (error) return end(null);
          const send = () => socket.send('?', () => {});
          send();
          again = setInterval(send, 200);
        }),
      );
    }),
};

const commands = { serve, probe: (order) => probes[order.protocol](order) };

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const order = JSON.parse(line);
    const result = await Promise.resolve(commands[order.command](order)).catch((error) => ({ error: error.message }));
    process.stdout.write(`${JSON.stringify({ id: order.id, result })}\n`);
  })
  .on('close', () => process.exit());
process.stdout.write('{"id":0,"result":"ready"}\n');
