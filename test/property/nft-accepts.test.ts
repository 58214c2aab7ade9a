import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitJson } from '../../src/emit/json.ts';
import { emitText } from '../../src/emit/text.ts';
import { lower } from '../../src/lower/lower.ts';
import { LAB_HOST, NO_ROUTER } from './lab-host.ts';
import { modelText, parsed, soundPart } from './random-model.ts';
import { RUNS, runs } from './runs.ts';

/** One namespace and one shell for all of them: a namespace for each would take as long as nft. */
const SCRIPT = `
  for file in *.json; do nft -c -j -f $file || echo "refused: $file"; done
  for file in *.nft; do nft -c -f $file || echo "refused: $file"; done
  echo done
`;

test(`nft accepts the ruleset of every sound model (seed ${RUNS.seed})`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-property-'));
  const models = fc.sample(fc.tuple(modelText, fc.constantFrom(LAB_HOST, NO_ROUTER, undefined)), {
    ...runs(100),
  });
  for (const [index, [text, facts]] of models.entries()) {
    const ruleset = lower(soundPart(parsed(text), facts), facts);
    writeFileSync(join(directory, `${index}.json`), emitJson(ruleset).text);
    writeFileSync(join(directory, `${index}.nft`), emitText(ruleset));
  }
  const { all } = await execa('unshare', ['--map-root-user', '--net', 'sh', '-c', SCRIPT], {
    cwd: directory,
    all: true,
  });
  expect(all).toBe('done');
  rmSync(directory, { recursive: true });
});
