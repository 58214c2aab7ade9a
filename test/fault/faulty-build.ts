import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEXT_FILES } from '../../scripts/text-files.mjs';
import { build, type Plugin } from 'esbuild';

const ROOT = new URL('../..', import.meta.url).pathname;
const STAND_INS: Readonly<Record<string, string>> = { 'node:fs': 'faulty-fs.ts', execa: 'faulty-execa.ts' };

/**
 * Only src/host touches files and starts programs, as `scripts/layers.mjs` checks. So a build
 * with these two imports replaced fails on demand, and the product needs no code for it.
 */
const standIns: Plugin = {
  name: 'stand-ins',
  setup: (bundler) =>
    bundler.onResolve({ filter: /^(node:fs|execa)$/ }, ({ path, importer }) =>
      importer.startsWith(join(ROOT, 'src/host/')) ? { path: join(ROOT, 'test/fault', STAND_INS[path] ?? '') } : null,
    ),
};

export interface FaultyBuild {
  /** To be run with PORTFWD_FAULT. */
  readonly command: readonly string[];
  readonly remove: () => void;
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
