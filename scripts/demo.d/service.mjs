// A service that knows nothing of port forwards: it listens on one address and greets whom it sees.
import { createServer } from 'node:http';

const [host, port] = process.argv.slice(2);

createServer(({ socket }, response) => {
  response.setHeader('connection', 'close');
  response.end(`${socket.localAddress}:${socket.localPort} greets ${socket.remoteAddress}`);
}).listen(Number(port), host);
