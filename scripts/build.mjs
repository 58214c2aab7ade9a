// Bundles src/ to dist/: portfwd.js checks the version of Node and loads main.js. The large libraries that few runs need
// get a file each, which is loaded on first use.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));

const APART = ['yaml', 'execa'];

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  // Node starts CommonJS 10 ms sooner than ES modules.
  format: 'cjs',
  legalComments: 'none',
};

const modern = { ...common, target: 'node18.19' };

const apart = {
  name: 'apart',
  setup: (bundler) =>
    bundler.onResolve({ filter: new RegExp(`^(${APART.join('|')})$`) }, ({ path }) => ({
      path: `./${path}.js`,
      external: true,
    })),
};

/** Node takes 3 ms to load it, and commander needs it only for subcommands that are programs of their own. */
const withoutChildProcess = {
  name: 'without-child-process',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'nothing', namespace: 'nothing' } : undefined,
    );
    bundler.onLoad({ filter: /^/, namespace: 'nothing' }, () => ({ contents: '' }));
  },
};

await rm(`${root}dist`, { recursive: true, force: true });
await Promise.all([
  build({ ...common, target: 'es5', entryPoints: { portfwd: 'src/start.ts' }, external: ['./main.js'] }),
  build({
    ...modern,
    entryPoints: { main: 'src/main.ts' },
    define: { PORTFWD_VERSION: JSON.stringify(version) },
    plugins: [apart, withoutChildProcess],
  }),
  build({ ...modern, entryPoints: Object.fromEntries(APART.map((name) => [name, name])) }),
]);
await writeFile(`${root}dist/package.json`, '{"type":"commonjs"}\n');
await chmod(`${root}dist/portfwd.js`, 0o755);
