import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../failure/failure.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface RunningServer {
  /** `http://127.0.0.1:9555` */
  readonly url: string;
  readonly stop: () => void;
  /** After `stop`, once no connection is open any more. Rejects if `answer` did. */
  readonly ended: Promise<void>;
}

/** Milliseconds. */
const LIMITS = { headers: 5000, request: 5000, keepAlive: 5000, idle: 60_000, check: 1000, stop: 3000 } as const;
const MOST_CONNECTIONS = 16;

/** Answers GET and HEAD. Throws `address-unavailable`. */
export async function serve(at: Endpoint, answer: (path: string) => Promise<Answer>): Promise<RunningServer> {
  const server = createServer({
    headersTimeout: LIMITS.headers,
    requestTimeout: LIMITS.request,
    keepAliveTimeout: LIMITS.keepAlive,
    connectionsCheckingInterval: LIMITS.check,
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = LIMITS.idle;
  await listening(server, at);
  const ended = new Promise<void>((resolve, reject) => {
    server.once('close', resolve);
    server.on('request', (request, response) => {
      respond(request, response, answer).catch((error: unknown) => {
        reject(error);
        server.close();
        server.closeAllConnections();
      });
    });
  });
  const { address, port, family } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, stop: () => stop(server), ended };
}

async function respond(
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  answer: (path: string) => Promise<Answer>,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD', Connection: 'close' }).end();
    return;
  }
  const { status, type, body } = await answer(url.split('?')[0] ?? '');
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(method === 'HEAD' ? '' : body);
}

async function listening(server: Server, { address, port }: Endpoint): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Failure(
      'address-unavailable',
      `portfwd cannot listen on port ${port} of ${address} (${code})`,
      code === 'EACCES'
        ? 'run as root, or name a port from 1024 on with --listen'
        : 'name an address of this host and a free port with --listen',
    );
  }
}

/** Answers that are under way are sent. */
function stop(server: Server): void {
  server.close();
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), LIMITS.stop).unref();
}
