import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  await sandbox.run(['ip', 'address', 'add', '2001:db8::1/64', 'dev', 'lan0', 'nodad']);
});
afterEach(async () => sandbox.remove());

const RANGE = 300;
/** A forward that stays, and a range to the same target, of IPv4 and IPv6. */
const model = (last: number): string => `version: 1
forwarding: ignore
forwards:
  - "6000:10.0.0.2:5000/udp"
  - "10000-${9999 + RANGE}:10.0.0.${last}:10000-${9999 + RANGE}/udp"
  - "[::]:6000:[2001:db8::2]:5000/udp"
  - "[::]:10000-${9999 + RANGE}:[2001:db8::${last}]:10000-${9999 + RANGE}/udp"
`;

interface Entry {
  readonly port: number;
  readonly to: number;
  readonly zone?: string;
}

const KEPT: readonly Entry[] = [
  ...Array.from({ length: 40 }, () => ({ port: 6000, to: 5000 })),
  // Of another program: as ours, in a zone where the original destination is another port.
  { port: 7000, to: 5000, zone: '-w 5' },
];
const STALE: readonly Entry[] = Array.from({ length: RANGE }, (_, index) => ({
  port: 10_000 + index,
  to: 10_000 + index,
  ...(index % 3 === 0 ? { zone: '-w 7' } : index % 3 === 1 ? { zone: '--orig-zone 8' } : {}),
}));

const HOSTS = [
  { client: '192.0.2.', host: '10.0.0.1', target: '10.0.0.2' },
  { client: '2001:db8:1::', host: '2001:db8::1', target: '2001:db8::2' },
] as const;

const lines = (entries: readonly Entry[], clients: number): string[] =>
  HOSTS.flatMap(({ client, host, target }) =>
    entries.map(
      ({ port, to, zone = '' }, index) =>
        `-I -p udp -s ${client}${clients + (index % 50)} -d ${host} --sport ${1000 + index} --dport ${port} -r ${target} -q ${client}${clients + (index % 50)} --reply-port-src ${to} --reply-port-dst ${1000 + index} -t 3000 ${zone}`,
    ),
  );

async function track(): Promise<void> {
  const file = join(sandbox.directory, 'entries');
  writeFileSync(file, `${[...lines(KEPT, 1), ...lines(STALE, 100)].join('\n')}\n`);
  expect(await sandbox.run(['conntrack', '-R', file])).toMatchObject({ exitCode: 0 });
}

/** The original destination ports of all entries. */
async function portsLeft(): Promise<number[]> {
  const listed = await Promise.all(
    ['ipv4', 'ipv6'].map(async (family) => sandbox.run(['conntrack', '-L', '-f', family])),
  );
  const found = listed.flatMap(({ stdout }) => [...stdout.matchAll(/^udp .*? dport=(\d+)/gm)]);
  return found.map(([, port]) => Number(port)).sort((a, b) => a - b);
}

const kept = KEPT.flatMap(({ port }) => [port, port]).sort((a, b) => a - b);

/** As if it were not installed. */
const withoutPerl = (command: readonly string[]): string[] => [
  'unshare',
  '-m',
  'sh',
  '-ec',
  'perl=$(command -v perl); touch perl; chmod 777 perl; mount --bind perl $perl; exec "$@"',
  'sh',
  ...command,
];

test.each([
  ['one by one', (command: readonly string[]) => command],
  ['with conntrack alone', withoutPerl],
])('hundreds of flows of a range end %s, and no other that goes to the same target', async (_, through) => {
  sandbox.write(model(2));
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  await track();
  expect(await portsLeft()).toHaveLength(2 * (KEPT.length + STALE.length));
  sandbox.write(model(3));
  const { exitCode, stderr } = await sandbox.run([
    'env',
    '-C',
    sandbox.directory,
    ...through([...PORTFWD_COMMAND, 'apply']),
  ]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('warning') });
  expect(await portsLeft()).toEqual(kept);
});
