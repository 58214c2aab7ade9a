import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../packet/lab/sandbox.ts';
import { buildFaulty, type FaultyBuild } from './faulty-build.ts';

const FORWARDS = 3000;
const KILLS = process.env['PORTFWD_FAULTS_EVERY'] === '1' ? 50 : 8;

const model = (target: string): string =>
  `version: 1\nforwarding: ignore\nforwards:\n${Array.from({ length: FORWARDS }, (_, index) => `  - "${10_000 + index}:${target}:5000"\n`).join('')}`;

let build: FaultyBuild;
let sandbox: Sandbox;
beforeAll(async () => {
  build = await buildFaulty();
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox.remove();
  build.remove();
});

const ruleset = async (): Promise<string> => (await sandbox.run(['nft', 'list', 'ruleset'])).stdout;

async function applied(text: string): Promise<string> {
  sandbox.write(text);
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  return ruleset();
}

const name = `nft killed in the middle of replacing ${FORWARDS} forwards: the old ones or the new ones`;

test(name, { timeout: KILLS * 60_000 }, async () => {
  const states = [await applied(model('10.0.0.2')), await applied(model('10.0.0.3'))] as const;
  const start = performance.now();
  await applied(model('10.0.0.3'));
  const longest = (performance.now() - start) / 3; // nft itself takes a little less of the whole
  const seen = { old: 0, new: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const [next, is] = kill % 2 === 0 ? [states[0], states[1]] : [states[1], states[0]];
    expect(await applied(model(kill % 2 === 0 ? '10.0.0.3' : '10.0.0.2'))).toBe(is);
    sandbox.write(model(kill % 2 === 0 ? '10.0.0.2' : '10.0.0.3'));
    const delay = Math.round((longest * kill) / KILLS);
    const env = ['PORTFWD_FAULT=run nft -j -f:signal', `PORTFWD_FAULT_DELAY=${delay}`];
    const { exitCode, stderr } = await sandbox.run(['env', ...env, ...build.command, 'apply']);
    const found = await ruleset();
    expect([is, next].includes(found), `after ${delay} ms`).toBe(true);
    expect(exitCode === 0, `after ${delay} ms: ${exitCode} ${stderr.slice(-300)}`).toBe(found === next);
    seen[found === next ? 'new' : 'old'] += 1;
  }
  process.stdout.write(`${KILLS} kills of nft: ${seen.old} times the old ruleset, ${seen.new} times the new one\n`);
  expect(seen.old).toBeGreaterThan(0);
});
