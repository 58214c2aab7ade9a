import { execa } from 'execa';
import { expect, test } from 'vitest';
import { runs } from './runs.ts';

const FUZZ = new URL('../../scripts/fuzz', import.meta.url).pathname;

const { numRuns, seed } = runs(100);

test('every output of a program and every state file is read, or refused with a message', async () => {
  const { exitCode, stdout, stderr } = await execa(FUZZ, [`${numRuns}`, `${seed}`], { reject: false });
  expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: '' });
}, 600_000);
