import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEXT_FILES } from '../../scripts/text-files.mjs';
import { build, type Plugin } from 'esbuild';

const ROOT = new URL('../..', import.meta.url).pathname;
const STAND_INS: Readonly<Record<string, string>> = {
  'node:fs': 'faulty-fs.ts',
  'node:child_process': 'faulty-programs.ts',
};

/**
 * Only src/host touches files and starts programs, as `scripts/layers.mjs` checks. So a build
 * with these two imports replaced fails on demand, and the product needs no code for it.
 */
const standIns: Plugin = {
  name: 'stand-ins',
  setup: (bundler) =>
    bundler.onResolve({ filter: /^node:(fs|child_process)$/ }, ({ path, importer }) =>
      importer.startsWith(join(ROOT, 'src/host/')) ? { path: join(ROOT, 'test/fault', STAND_INS[path] ?? '') } : null,
    ),
};

export interface FaultyBuild {
  /** To be run with PORTFWD_FAULT. */
  readonly command: readonly string[];
  readonly remove: () => void;
}

/** What a run wrote to PORTFWD_FAULT_LOG: its calls, by number from 1. */
export function readCalls(log: string): string[] {
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  for (const kind of ['run nft', 'write'])
    assert.ok(
      calls.some((call) => call.startsWith(kind)),
      `no call is a ${kind}: its stand-in is not used`,
    );
  return calls;
}

export async function buildFaulty(): Promise<FaultyBuild> {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-fault-'));
  await build({
    absWorkingDir: ROOT,
    entryPoints: { portfwd: 'src/main.ts' },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node18.19',
    format: 'esm',
    loader: TEXT_FILES,
    define: { PORTFWD_VERSION: '"0.0.0"' },
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    plugins: [standIns],
  });
  return {
    command: [process.execPath, join(directory, 'portfwd.mjs')],
    remove: () => rmSync(directory, { recursive: true }),
  };
}
