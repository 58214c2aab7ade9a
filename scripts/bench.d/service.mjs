// Accepts connections on the port given, and leaves their end to the client.
import { createServer } from 'node:net';

createServer((socket) => socket.on('error', () => {})).listen(Number(process.argv[2]), () => console.log('ready'));
