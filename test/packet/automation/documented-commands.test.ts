import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedCommands } from '../../support/documented-commands.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { signalProcess } from '../lab/processes.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';
import { until } from '../lab/until.ts';

/** The forwards that the pages name. The targets are not there. */
const MODEL = `version: 1
forwarding: ignore
forwards:
  - "6000:192.168.0.2:5000"
  - { name: web, listen: 443, target: "10.0.0.2:5000" }
  - { name: dns, protocol: [tcp, udp], listen: 53, target: 10.0.0.53 }
  - { name: app, listen: 80, target: "10.0.0.2:8080" }
  - { name: games, listen: 27015, target: "10.0.0.2:5002" }
  - { name: files, listen: 2049, target: "10.0.0.77:2049" }
  - { name: ssh, listen: 2222, target: "10.0.0.2:22" }
`;

/** Words in capitals are examples of these. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  ADDRESS: '203.0.113.1',
  CLIENT: '198.51.100.7',
  COMMAND: 'apply',
  LISTEN: '7000',
  NAME: 'web',
  N: '1',
  PORT: '443',
  SHELL: 'bash',
  TARGET: '10.0.0.2:80',
};

/** Commands that write outside of a namespace, need a terminal, or need what other commands printed; and who runs them. */
const ELSEWHERE: readonly (readonly [RegExp, ...string[]])[] = [
  [/^(?:enable|disable|down --purge)/, 'test/packet/boot'],
  [/^metrics --/, 'test/packet/metrics'],
  [/ OUTPUT/, 'test/packet/automation/automation-page.test.ts', 'test/packet/recipes/pair.test.ts'],
];

/** That read only, so they can run side by side. */
const READING =
  /^(?:check|compile|completion|diff|doctor|explain|facts|graph|help|history|list|plan|schema|stats|status|try)\b/;
/** Until they are interrupted. */
const ENDLESS = /^trace|--watch/;

const ALL = [
  ...new Set(documentedCommands().flatMap(({ isName, words }) => (isName ? [] : [words.map(meant).join(' ')]))),
];
const HERE = ALL.filter((command) => !ELSEWHERE.some(([pattern]) => pattern.test(command)));
const endless = HERE.filter((command) => ENDLESS.test(command));
const reading = HERE.filter((command) => READING.test(command) && !endless.includes(command));
const changing = HERE.filter((command) => !endless.includes(command) && !reading.includes(command));

function meant(word: string): string {
  return word.replaceAll(/[A-Z]{1,}/g, (part) => PLACEHOLDERS[part] ?? part);
}

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  const { directory } = sandbox;
  mkdirSync(join(directory, 'bin'));
  writeFileSync(
    join(directory, 'bin/portfwd'),
    `#!/bin/sh\nexec ${PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ')} "$@"\n`,
  );
  chmodSync(join(directory, 'bin/portfwd'), 0o755);
  writeFileSync(join(directory, 'forwards.yaml'), MODEL);
  await succeeds('ip address add 203.0.113.1/24 dev lan0');
  // Generations for diff and rollback.
  for (let revision = 1; revision <= 7; revision += 1) {
    sandbox.write(`revision: "${revision}"\n${MODEL}`);
    await succeeds('portfwd apply');
  }
  await succeeds('portfwd facts >gateway.json');
});
afterAll(async () => sandbox.remove());

const shell = (script: string): readonly string[] => [
  'env',
  '-C',
  sandbox.directory,
  `PATH=${sandbox.directory}/bin:${process.env['PATH'] ?? ''}`,
  'EDITOR=true',
  'sh',
  '-ec',
  script,
];
const sh = async (script: string) => sandbox.run(shell(script));

async function succeeds(script: string): Promise<void> {
  expect({ script, ...(await sh(script)) }).toMatchObject({ exitCode: 0 });
}

/**
 * doctor finds that the targets are not there, two generations differ, nothing connects while a trace runs, and the signal
 * ends stats.
 */
const isExpected = (command: string, exitCode: number | undefined): boolean =>
  exitCode === (command.includes('--watch') ? undefined : 0) ||
  (exitCode === 1 && /^(?:doctor|diff|trace)/.test(command));

async function run(command: string): Promise<void> {
  const { exitCode, stdout, stderr } = await sh(withAnswer(`portfwd ${command} <forwards.yaml`));
  if (!isExpected(command, exitCode)) throw new Error(`${command} ended with ${exitCode}: ${stdout}\n${stderr}`);
}

/** A change that waits is confirmed. */
function withAnswer(script: string): string {
  if (!script.includes('--confirm')) return script;
  return `sed -i "s/5002/$$/" portfwd.yaml; ${script} & until portfwd confirm; do sleep 0.1; done; wait $!`;
}

test('what runs the other commands exists, and each is in the pages', () => {
  expect(ELSEWHERE.flatMap(([, ...paths]) => paths).filter((path) => !existsSync(path))).toEqual([]);
  expect(ELSEWHERE.filter(([pattern]) => !ALL.some((command) => pattern.test(command)))).toEqual([]);
});

test('commands that only read', async () => {
  const waiting = [...reading];
  const one = async (): Promise<void> => {
    for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) await run(command);
  };
  await Promise.all([one(), one(), one(), one()]);
});

test('commands that run until they are interrupted', async () => {
  const started = endless.map((command) => ({ command, ...sandbox.start(command.split(' ')) }));
  const traces = endless.filter((command) => command.startsWith('trace')).length;
  await Promise.all([
    until(`${traces} traces run`, async () => (await sh('nft list tables')).stdout.split('pf_trace').length > traces),
    ...started.flatMap(({ command, waitForOutput }) => (command.startsWith('stats') ? [waitForOutput('NAME')] : [])),
  ]);
  for (const { pid } of started) signalProcess(pid, 'SIGINT');
  for (const { command, ended } of started) {
    const { exitCode, stderr } = await ended;
    expect({ command, stderr, isExpected: isExpected(command, exitCode) }).toMatchObject({ isExpected: true });
  }
});

test('commands that change something', async () => {
  for (const command of changing) {
    sandbox.write(MODEL);
    await run(command);
  }
});
