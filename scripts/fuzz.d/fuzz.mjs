// Bundles test/fuzz with a spawn that runs no program, and runs it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { TEXT_FILES } from '../text-files.mjs';

const root = new URL('../..', import.meta.url).pathname;
process.chdir(root);
const directory = await mkdtemp(join(tmpdir(), 'portfwd-fuzz-'));
const outfile = join(directory, 'fuzz.mjs');
try {
  await build({
    entryPoints: ['test/fuzz/fuzz.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18.19',
    loader: TEXT_FILES,
    alias: { 'node:child_process': './test/fuzz/fake-programs.ts' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  await import(outfile);
} finally {
  await rm(directory, { recursive: true });
}
