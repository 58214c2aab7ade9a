// A service that answers each request of 100 bytes with 1000 bytes, and swallows everything on the next port:
//   load.mjs serve PORT
// For each line `bytes|requests|connections COUNT` that it reads, prints how many megabytes, requests on open connections, or new
// connections went through per second, and the CPU time of each in microseconds: that of both ends, and of the kernel between them,
// which runs on their account. PID is the service.
//   load.mjs measure ADDRESS PORT PID
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [what, ...args] = process.argv.slice(2);
const REQUEST = Buffer.alloc(100);
const ANSWER = Buffer.alloc(1000);
const CHUNK = Buffer.alloc(262_144);
const AT_A_TIME = 16;

function serve(port) {
  const answering = createServer({ noDelay: true }, (socket) => {
    let asked = 0;
    socket
      .on('error', () => {})
      .on('data', ({ length }) => {
        for (asked += length; asked >= REQUEST.length; asked -= REQUEST.length) socket.write(ANSWER);
      });
  });
  const swallowing = createServer({ allowHalfOpen: true }, (socket) => {
    socket
      .on('error', () => {})
      .on('end', () => socket.end('.'))
      .resume();
  });
  answering.listen(port, () => swallowing.listen(port + 1, () => console.log('ready')));
}

const requests = (address, port, count) =>
  Promise.all(
    Array.from({ length: AT_A_TIME }, () => {
      let left = count / AT_A_TIME;
      let heard = 0;
      return new Promise((resolve, reject) => {
        const socket = connect({ port, host: address, noDelay: true }, () => socket.write(REQUEST));
        socket.on('error', reject).on('data', ({ length }) => {
          heard += length;
          if (heard < ANSWER.length) return;
          heard = 0;
          if ((left -= 1) <= 0) return resolve(socket.resetAndDestroy());
          socket.write(REQUEST);
        });
      });
    }),
  );

const bytes = (address, port, megabytes) =>
  new Promise((resolve, reject) => {
    let left = megabytes * 4;
    const socket = connect(port + 1, address);
    const send = () => {
      while (left > 0) {
        left -= 1;
        if (!socket.write(CHUNK)) return;
      }
      socket.end();
    };
    socket
      .on('error', reject)
      .on('drain', send)
      .on('connect', send)
      .on('data', () => {})
      .on('end', resolve);
  });

/** Each ends with a reset, so that no port stays in TIME_WAIT. */
const connections = (address, port, count) => {
  let left = count;
  const open = (resolve, reject) => {
    if ((left -= 1) < 0) return resolve();
    const socket = connect(port, address, () => {
      socket.resetAndDestroy();
      open(resolve, reject);
    });
    socket.on('error', reject);
  };
  return Promise.all(Array.from({ length: AT_A_TIME }, () => new Promise(open)));
};

/** Nanoseconds on a CPU. */
const timeOf = (pid) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);

const LOADS = { bytes, requests, connections };

/** One process for all rounds: what it compiled, and where its memory is, differs from process to process. */
async function measure(address, port, pid) {
  const spent = () => timeOf('self') + timeOf(pid);
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, count] = line.split(' ');
    const load = (share) => LOADS[what](address, Number(port), Math.ceil(count * share));
    await load(0.2);
    const [start, before] = [performance.now(), spent()];
    await load(1);
    const [time, used] = [performance.now() - start, spent() - before];
    console.log(Math.round((count * 1000) / time), (used / 1000 / count).toFixed(3));
  }
  process.exit();
}

if (what === 'serve') serve(Number(args[0]));
else await measure(...args);
