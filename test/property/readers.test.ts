import { execa } from 'execa';
import { expect, test } from 'vitest';
import { RUNS } from './runs.ts';

const FUZZ = new URL('../../scripts/fuzz', import.meta.url).pathname;

test('every output of a program and every state file is read, or refused with a message', async () => {
  const { exitCode, stdout, stderr } = await execa(FUZZ, [`${RUNS.numRuns}`, `${RUNS.seed}`], { reject: false });
  expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: '' });
});
