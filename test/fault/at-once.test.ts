import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../packet/lab/sandbox.ts';

const ROUNDS = process.env['PORTFWD_FAULTS_EVERY'] === '1' ? 20 : 4;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => sandbox.remove());

const ruleset = async (): Promise<string> => (await sandbox.run(['nft', 'list', 'ruleset'])).stdout;

test('two runs at once: one after the other, and the kernel holds one of the two', async () => {
  const files = ['10.0.0.2', '10.0.0.3'].map((target) => {
    const file = join(sandbox.directory, `${target}.yaml`);
    writeFileSync(file, `version: 1\nforwarding: ignore\nforwards: ["6000:${target}:5000"]\n`);
    return file;
  });
  const rulesets: string[] = [];
  for (const file of files) {
    expect(await sandbox.portfwd('apply', file)).toMatchObject({ exitCode: 0 });
    rulesets.push(await ruleset());
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const runs = await Promise.all(files.map(async (file) => sandbox.portfwd('apply', file)));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const last = rulesets.indexOf(await ruleset());
    expect(await sandbox.portfwd('status', files[last] ?? 'none of the two')).toMatchObject({ exitCode: 0 });
  }
  process.stdout.write(`${2 * ROUNDS} runs, two at a time\n`);
});
