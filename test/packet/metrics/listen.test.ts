import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST, startCountersLab, type CountersLab } from '../counters/counters-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { signalProcess } from '../lab/processes.ts';
import { until } from '../lab/until.ts';
import { COUNTERS, FORWARDS, flush, inStats } from './metrics-lab.ts';
import { expressions, startPrometheus, type Prometheus } from './prometheus.ts';

let flows: CountersLab;
beforeAll(async () => {
  flows = await startCountersLab();
  await flows.apply(FORWARDS);
});
afterAll(async () => flows.lab.stop());

const serve = (listen: string, ...through: readonly string[]) =>
  execa('ip', ['netns', 'exec', 'host', ...through, ...PORTFWD_COMMAND, 'metrics', '--listen', listen], {
    env: flows.lab.env,
    reject: false,
    all: true,
  });

interface Serving {
  readonly end: (signal: NodeJS.Signals) => Promise<{ readonly exitCode?: number | undefined; readonly all?: string }>;
}

/** Until it serves. */
async function serving(listen: string): Promise<Serving> {
  const child = serve(listen);
  let output = '';
  child.all.on('data', (chunk) => (output += String(chunk)));
  await until('it serves', () => {
    if (child.exitCode !== null) throw new Error(output);
    return output.includes('/metrics');
  });
  return {
    end: async (signal) => {
      signalProcess(child.pid ?? 0, signal);
      return child;
    },
  };
}

const curl = async (args: string): Promise<string> =>
  flows.lab.sh('host', `curl -sS -m 50 -w '%{http_code}' ${args} || echo "ended with $?"`);

test('--listen answers GET and HEAD on 127.0.0.1 only, bounds what clients can do, and ends on SIGTERM', async () => {
  const server = await serving('9555');
  const url = 'http://127.0.0.1:9555/metrics';
  expect(await curl(`-o /dev/null ${url}`)).toBe('200');
  expect(await curl(`-I ${url}`)).toMatch(/^HTTP\/1\.1 200 OK[^]*version=0\.0\.4[^]*200$/);
  expect(await curl(`-o /dev/null -X POST -d x ${url}`)).toBe('405');
  expect(await curl('http://127.0.0.1:9555/')).toBe('portfwd serves /metrics\n404');
  expect(await curl(`-o /dev/null http://${HOST}:9555/metrics`)).toContain('ended with 7');
  // Clients that send nothing, or half of a request, are cut off; more than 16 connections are not accepted.
  const slow = await flows.lab.sh(
    'host',
    `node -e '
      const net = require("net"); let ended = 0;
      for (let at = 0; at < 40; at += 1) net.connect(9555, "127.0.0.1", function () { if (at % 2) this.write("GET /metrics HTTP/1.1\\r\\n"); })
        .on("error", () => {}).on("close", () => { ended += 1; if (ended === 40) console.log("all ended"); }).resume();
    '`,
  );
  expect(slow).toBe('all ended');
  expect(await curl(`-o /dev/null ${url}`)).toBe('200');
  expect(await server.end('SIGTERM')).toMatchObject({
    exitCode: 0,
    all: 'portfwd: serving http://127.0.0.1:9555/metrics',
  });
});

test('a port that is taken, and an address that the host does not have', async () => {
  const server = await serving('[::1]:9556');
  for (const listen of ['[::1]:9556', '192.0.2.1:9556'])
    expect(await serve(listen)).toMatchObject({ exitCode: 3, all: expect.stringContaining('[address-unavailable]') });
  expect((await server.end('SIGINT')).exitCode).toBe(0);
});

test('a port that needs root, and what is not one port', async () => {
  const withoutRight = ['setpriv', '--bounding-set', '-net_bind_service'];
  const [reserved, ...wrong] = await Promise.all([
    serve('80', ...withoutRight),
    ...['nonsense', '127.0.0.1:99999', '9555-9556', 'out0:9555'].map(async (listen) => serve(listen)),
  ]);
  expect(reserved).toMatchObject({
    exitCode: 3,
    all: 'portfwd: error: portfwd cannot listen on port 80 of 127.0.0.1 (EACCES); run as root, or name a port from 1024 on with --listen [address-unavailable]',
  });
  for (const ended of wrong)
    expect(ended).toMatchObject({
      exitCode: 2,
      all: expect.stringMatching(/invalid\. Write a port, or an address and a port: 9555/),
    });
});

/** On a busy machine, a scrape can fail. */
const last = (name: string): string => `last_over_time(${name}[5m])`;

const scraped = async ({ query }: Prometheus): Promise<void> =>
  until('the last values are scraped', async () => {
    const { web } = await query(last('portfwd_forward_connections_total'));
    return web === (await inStats(flows))['portfwd_forward_connections_total']?.['web'];
  });

test('Prometheus scrapes the values that stats prints, and the dashboard finds them', async () => {
  const server = await serving('9555');
  const prometheus = await startPrometheus(flows.lab, '127.0.0.1:9555');
  await flows.talkBoth();
  await scraped(prometheus);
  const wanted = await inStats(flows);
  for (const name of Object.keys(COUNTERS)) expect(await prometheus.query(last(name))).toEqual(wanted[name]);
  expect(await prometheus.query(last('portfwd_in_sync'))).toEqual({ '': 1 });
  expect(expressions().length).toBeGreaterThan(10);
  for (const expression of expressions())
    await until(expression, async () => Object.keys(await prometheus.query(expression)).length > 0);
  // A flush between two scrapes adds nothing.
  await flush(flows, 'first', 'sent', 'replies');
  await flows.talkBoth();
  await scraped(prometheus);
  expect(await prometheus.query('resets(portfwd_forward_received_bytes_total[10m])')).toEqual({ web: 0, other: 0 });
  await prometheus.stop();
  expect((await server.end('SIGTERM')).exitCode).toBe(0);
});
