// Bundles src/main.ts to dist/portfwd.js; what is imported lazily becomes a chunk of its own.
import { chmod, readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));

await rm(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { portfwd: 'src/main.ts' },
  outdir: 'dist',
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  legalComments: 'none',
  define: { PORTFWD_VERSION: JSON.stringify(version) },
  // The YAML and command line libraries are CommonJS and call require for Node's own modules.
  banner: {
    js: "import{createRequire as portfwdRequire}from'node:module';const require=portfwdRequire(import.meta.url);",
  },
});
await chmod(`${root}dist/portfwd.js`, 0o755);
