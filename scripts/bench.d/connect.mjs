// Opens COUNT connections to ADDRESS PORT, a few at a time, and prints the number per second. Each ends with a reset,
// so that no port stays in TIME_WAIT.
import { connect } from 'node:net';

const [address, port, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const AT_A_TIME = 20;

const open = () =>
  new Promise((resolve, reject) => {
    const socket = connect(port, address, () => {
      socket.resetAndDestroy();
      resolve();
    });
    socket.once('error', reject);
    socket.setTimeout(5000, () => reject(new Error('no answer in five seconds')));
  });

async function openMany(many) {
  let left = many;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await open();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

// The compilation by Node is not measured.
await openMany(count / 5);
const start = performance.now();
await openMany(count);
console.log(Math.round((count * 1000) / (performance.now() - start)));
process.exit();
