// Measures the CPU time to read 10 000 and 50 000 forwards in full, as JSON and as YAML mappings, relative to shorthand: each
// reading in a process of its own, as in a command, interleaved, medians.
// usage: node scripts/bench.d/reading.mjs [RUNS]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const RUNS = Number(process.argv[2] ?? 7);
const root = new URL('../..', import.meta.url).pathname;
const work = mkdtempSync(join(tmpdir(), 'portfwd-bench-'));

const addressOf = (index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
const item = (index) => ({
  name: `web-${index}`,
  protocol: 'tcp',
  listen: (index % 60_000) + 1,
  target: `${addressOf(index)}:80`,
});
const yaml = (count, text) =>
  `version: 1\nforwards:\n${Array.from({ length: count }, (_, index) => text(item(index))).join('')}`;
const json = (count, indent) =>
  JSON.stringify({ version: 1, forwards: Array.from({ length: count }, (_, index) => item(index)) }, undefined, indent);

/** The text of a file, and how much longer than shorthand it may take. */
const FORMS = {
  shorthand: { write: (count) => yaml(count, ({ listen, target }) => `  - ${listen}:${target}\n`), limit: 1 },
  'JSON, indented': { write: (count) => json(count, 2), limit: 2 },
  'JSON on one line': { write: (count) => json(count), limit: 2 },
  'YAML mappings': {
    write: (count) =>
      yaml(
        count,
        ({ name, protocol, listen, target }) =>
          `  - name: ${name}\n    protocol: ${protocol}\n    listen: ${listen}\n    target: ${target}\n`,
      ),
    limit: 4,
  },
  'YAML mappings in braces': {
    write: (count) =>
      yaml(
        count,
        ({ name, protocol, listen, target }) =>
          `  - { name: ${name}, protocol: ${protocol}, listen: ${listen}, target: "${target}" }\n`,
      ),
    limit: 4,
  },
};

const READ = `
import { readFileSync } from 'node:fs';
import { readPlainDocument } from './src/parse/plain/document.ts';
import { modelFrom } from './src/parse/model.ts';
const bytes = readFileSync(process.argv[2]);
const before = process.cpuUsage();
const { model, findings } = modelFrom(readPlainDocument(bytes));
const { user, system } = process.cpuUsage(before);
if (model === undefined || findings.length > 0) throw new Error(JSON.stringify(findings[0]));
console.log((user + system) / 1000);
`;

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

try {
  const reader = join(work, 'read.cjs');
  await build({
    stdin: { contents: READ, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: reader,
    logLevel: 'error',
  });
  for (const count of [10_000, 50_000]) measure(reader, count);
} finally {
  rmSync(work, { recursive: true });
}

function measure(reader, count) {
  const times = Object.fromEntries(Object.keys(FORMS).map((form) => [form, []]));
  for (const [form, { write }] of Object.entries(FORMS)) writeFileSync(join(work, form), write(count));
  for (let run = 0; run < RUNS; run += 1)
    for (const form of Object.keys(FORMS))
      times[form].push(Number(execFileSync(process.execPath, [reader, join(work, form)], { encoding: 'utf8' })));
  console.log(`reading ${count} forwards, CPU time`);
  for (const [form, { limit }] of Object.entries(FORMS)) {
    const ratio = median(times[form].map((time, run) => time / times.shorthand[run]));
    const row = `  ${form}`.padEnd(40) + `${Math.round(median(times[form]))} ms`.padStart(9);
    console.log(form === 'shorthand' ? row : `${row}  ${ratio.toFixed(2)} x shorthand, limit ${limit}`);
    if (ratio > limit) process.exitCode = 1;
  }
}
