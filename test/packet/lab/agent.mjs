// Runs inside a network namespace: serves and asks, told so by JSON lines on standard input.
// What it serves answers who it is, on which address and port it was reached, and whom it sees.
import { createSocket } from 'node:dgram';
import { createServer, connect } from 'node:net';
import { createInterface } from 'node:readline';

const who = process.argv[2];
const plain = (address) => address.replace(/^::ffff:/, '').replace(/%.*/, '');
const answer = (address, port, peer) => JSON.stringify({ who, at: plain(address), port, sees: plain(peer) });
/** To a numbered message of a stream the answer is numbered too. */
const numbered = (text, message) => (message === '?' ? text : text.replace(/}$/, `,"number":${Number(message)}}`));

/** Milliseconds by which a delayed answer was later than it should be, at worst. */
let lateness = 0;

/** `hold`: a TCP connection stays open, and every line is answered by one. `delay`: of a datagram's answer. */
function serve({ protocol, address, port, as = who, hold = false, delay = 0 }) {
  const name = (text) => text.replace(`"who":"${who}"`, `"who":"${as}"`);
  return new Promise((resolve, reject) => {
    if (protocol === 'tcp') {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        const text = name(answer(socket.localAddress ?? '', socket.localPort ?? 0, socket.remoteAddress ?? ''));
        if (!hold) return socket.end(text);
        createInterface({ input: socket })
          .on('error', () => {})
          .on('line', (line) => socket.write(`${numbered(text, line)}\n`));
      });
      server.on('error', reject).listen({ port, host: address }, () => resolve('serving'));
    } else {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.on('message', (message, peer) => {
        const text = numbered(name(answer(address, port, peer.address)), message.toString());
        const due = performance.now() + delay;
        const send = () => {
          lateness = Math.max(lateness, performance.now() - due);
          socket.send(text, peer.port, peer.address, () => {});
        };
        if (delay === 0) send();
        else setTimeout(send, delay);
      });
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
      const send = () => socket.send('?', () => {});
      let again;
      socket.on('error', () => {}).on('message', (text) => end(JSON.parse(text)));
      socket.bind(fromPort, from, () =>
        socket.connect(port, to, (error) => {
          if (error) return end(null);
          send();
          again = setInterval(send, 200);
        }),
      );
    }),
};

/** Numbered messages on one connection or from one port. `heard` tells how many were sent, and who answered which. */
const streams = new Map();

const openers = {
  tcp: ({ to, port, from, fromPort, pad = 0 }, stream) =>
    new Promise((resolve) => {
      const socket = connect({ host: to, port, localAddress: from, localPort: fromPort, noDelay: true });
      const close = () => ((stream.closed = true), resolve());
      socket.on('error', close).on('close', close).on('connect', resolve);
      createInterface({ input: socket })
        .on('error', () => {})
        .on('line', (line) => stream.answers.push(JSON.parse(line)));
      stream.send = (number) => socket.writable && socket.write(`${' '.repeat(pad)}${number}\n`);
      stream.end = () => socket.destroy();
    }),
  udp: ({ to, port, from, fromPort }, stream) =>
    new Promise((resolve) => {
      const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
      socket.on('error', () => {}).on('message', (text) => stream.answers.push(JSON.parse(text)));
      stream.send = (number) => socket.send(`${number}`, () => {});
      stream.end = () => socket.close();
      socket.bind(fromPort, from, () => socket.connect(port, to, resolve));
    }),
};

async function openStream({ id, every, ...order }) {
  const stream = { sent: 0, answers: [], closed: false };
  await openers[order.protocol](order, stream);
  const send = () => stream.closed || stream.send((stream.sent += 1));
  const timer = every === undefined ? undefined : setInterval(send, every);
  let isOver = false;
  const stop = () => {
    clearInterval(timer);
    if (!isOver) stream.end();
    isOver = true;
  };
  streams.set(id, { read: () => stream, send, stop });
  return id;
}

function sendOn({ stream }) {
  streams.get(stream).send();
  return streams.get(stream).read().sent;
}

function heard({ stream, after }) {
  const { sent, answers, closed } = streams.get(stream).read();
  return { sent, answers: answers.filter(({ number }) => number > after), closed };
}

/** Sends the first packet of a connection and waits for nothing. */
const sends = {
  tcp: ({ to, port, from, fromPort }) =>
    new Promise((resolve) => {
      const socket = connect({ host: to, port, localAddress: from, localPort: fromPort });
      socket.on('error', () => resolve()).on('connect', () => resolve());
      setTimeout(() => (socket.destroy(), resolve()), 3);
    }),
  udp: ({ to, port, from, fromPort }) =>
    new Promise((resolve) => {
      const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
      const end = () => resolve(socket.close());
      socket.on('error', end).bind(fromPort, from, () => socket.send('?', port, to, end));
    }),
};

const send = ({ packets }) => Promise.all(packets.map((packet) => sends[packet.protocol](packet))).then(() => 'sent');

const commands = {
  send,
  stream: openStream,
  heard,
  sendOn,
  lateness: () => {
    const worst = lateness;
    lateness = 0;
    return worst;
  },
  endStream: ({ stream }) => (streams.get(stream).stop(), 'ended'),
  serve,
  probe: (order) => probes[order.protocol](order),
};

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const order = JSON.parse(line);
    const result = await Promise.resolve(commands[order.command](order)).catch((error) => ({ error: error.message }));
    process.stdout.write(`${JSON.stringify({ id: order.id, result })}\n`);
  })
  .on('close', () => process.exit());
process.stdout.write('{"id":0,"result":"ready"}\n');
