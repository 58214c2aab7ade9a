// Accepts connections on the given port; the client closes them.
import { createServer } from 'node:net';

createServer((socket) => socket.on('error', () => {})).listen(Number(process.argv[2]), () => console.log('ready'));
