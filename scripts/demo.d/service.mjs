// A service on one address. It answers with its own address and the address of the client that it sees.
import { createServer } from 'node:http';

const [host, port] = process.argv.slice(2);

createServer(({ socket }, response) => {
  response.setHeader('connection', 'close');
  response.end(`${socket.localAddress}:${socket.localPort} greets ${socket.remoteAddress}`);
}).listen(Number(port), host);
