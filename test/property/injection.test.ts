import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitText } from '../../src/emit/text.ts';
import { isError } from '../../src/finding/finding.ts';
import { lower } from '../../src/lower/lower.ts';
import { RUNS, runs } from './runs.ts';
import { GATEWAY, parseText } from '../support/model.ts';

/** What ends a string, a line, a block or a statement in nft, a shell or a terminal, and what an attacker would put behind it. */
const PARTS = ['"', '\n', '\r', '\\', '}', '{', ';', '#', '*', '$(', '`', "'", '\u001B[2J', '\0', '\u2028', '\uD800'];
const PAYLOADS = ['add table inet evil', 'flush ruleset', 'include "/etc/passwd"', 'web', 'é', ' '];

const textOf = (...parts: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 8 }).map((some) => some.join(''));

const hostile = textOf(...PARTS, ...PAYLOADS);

/** A comment may hold all that moves no cursor; what a name or an interface must not hold is refused. */
const documents = fc
  .record({
    comment: fc.oneof({ weight: 3, arbitrary: textOf(...PARTS.slice(4, 12), PARTS[0] ?? '', ...PAYLOADS) }, hostile),
    name: fc.option(hostile, { nil: undefined, freq: 1 }),
    interface: fc.option(hostile, { nil: undefined, freq: 1 }),
  })
  .map((hostile) => JSON.stringify({ version: 1, forwards: [{ listen: 6000, target: '10.0.0.2:5000', ...hostile }] }));

const SCRIPT = `cd "$0" && for file in *.nft; do
  { echo 'flush ruleset'; cat $file; } | nft -f - || echo "refused: $file"
  [ "$(nft list tables)" = "table inet portfwd" ] || echo "more than ours: $file"
done`;

test(`with any name and any comment, the file makes the table of portfwd and no other (seed ${RUNS.seed})`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-injection-'));
  let taken = 0;
  for (const text of fc.sample(documents, runs(400))) {
    const { model, findings } = parseText(text);
    if (model === undefined || findings.some(isError)) continue;
    writeFileSync(join(directory, `${(taken += 1)}.nft`), emitText(lower(model, GATEWAY)));
  }
  const { stdout } = await execa('unshare', ['--map-root-user', '--net', 'sh', '-c', SCRIPT, directory]);
  rmSync(directory, { recursive: true });
  expect(taken).toBeGreaterThan(RUNS.numRuns / 20);
  expect(stdout).toBe('');
});
