import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { answered, onHost, runAll, type Scripts } from './doctor-lab.ts';
import { chain } from './set-up.ts';

const WEB = '{name: web, listen: 443, target: "10.0.0.2:5000"}';

interface Shown {
  readonly forwards: readonly string[];
  readonly setUp: Scripts;
  readonly undo?: Scripts;
  readonly asks?: true;
}

/** The host of each output in docs/troubleshooting.md, in the order of the file. */
const SHOWN: readonly Shown[] = [
  { forwards: [WEB], setUp: {} },
  {
    forwards: [WEB],
    setUp: { host: 'portfwd apply; sysctl -qw net.ipv4.ip_forward=0' },
    undo: { host: 'sysctl -qw net.ipv4.ip_forward=1' },
  },
  { forwards: [WEB], setUp: { host: 'iptables -P FORWARD DROP' }, undo: { host: 'iptables -P FORWARD ACCEPT' } },
  { forwards: ['{name: files, listen: 2049, target: "10.0.0.77:2049"}'], setUp: { host: 'portfwd apply' } },
  {
    forwards: [WEB],
    setUp: {
      host: 'portfwd apply',
      backend: chain('unwelcome', 'input', 0, 'tcp dport 5000 ip saddr 203.0.113.0/24 drop;'),
    },
    asks: true,
  },
  { forwards: [WEB], setUp: { host: 'portfwd apply' } },
  {
    forwards: [
      '{name: app, listen: 80, target: "192.168.0.2:8080"}',
      '{name: games, listen: 27015, target: "10.0.0.2:5002"}',
    ],
    setUp: { host: 'portfwd apply' },
  },
  { forwards: [WEB], setUp: {} },
  { forwards: [WEB.replace('}', ', from: [203.0.113.64/26]}')], setUp: { host: 'portfwd apply' } },
  { forwards: [WEB], setUp: { host: 'portfwd apply' } },
];

const OUTPUTS = [
  ...readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/^```\n\$ portfwd (.*)\n([^`]*)^```/gm),
].map(([, command = '', output = '']) => ({ command, lines: output.trimEnd().split('\n') }));

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  const { backend, host } = lab.agents;
  await Promise.all([
    backend.serve({ protocol: 'tcp', address: '0.0.0.0', port: 5000 }),
    host.serve({ protocol: 'tcp', address: '127.0.0.1', port: 8080 }),
  ]);
});
afterAll(async () => lab.stop());

/** With the default path of the file. On a busy machine, the kernel has given up asking for the neighbour by now. */
const asInDocs = (output: string): string[] =>
  output
    .replaceAll(join(lab.directory, 'portfwd.yaml'), '/etc/portfwd/portfwd.yaml')
    .replace('(FAILED)', '(INCOMPLETE)')
    .split('\n');

test('every output has a host', () => {
  expect(OUTPUTS.length).toBe(SHOWN.length);
});

/** In the order of the file: the first one is of a host where nothing was applied. */
test.each(OUTPUTS.map((output, index) => ({ ...output, ...SHOWN[index] })))(
  'docs/troubleshooting.md shows what portfwd $command prints',
  async ({ command, lines, forwards = [], setUp = {}, undo = {}, asks }) => {
    lab.writeModel(`version: 1\nforwards:\n${forwards.map((forward) => `- ${forward}\n`).join('')}`);
    await runAll(lab, setUp);
    if (asks === true) await answered(lab, { port: 443 }, PATIENCE.silence);
    const printed = asInDocs(await onHost(lab, `portfwd ${command} 2>&1 || true`));
    expect(printed.filter((line) => lines.includes(line))).toEqual(lines);
    await runAll(lab, undo);
  },
);
