// Bundles src/ to dist/: portfwd.js checks the version of Node and loads main.js. The YAML library,
// which few runs need, is a file of its own. Beside them: manual pages, completions and the JSON Schema of the file.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { TEXT_FILES } from './text-files.mjs';

const root = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));

/** Built beside dist and then put in its place: a portfwd that is started meanwhile finds either all files or all old ones. */
const next = `${root}dist.new`;
const previous = `${root}dist.old`;

const APART = ['yaml'];

const common = {
  metafile: true,
  absWorkingDir: root,
  outdir: next,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  // Node starts CommonJS 10 ms sooner than ES modules.
  format: 'cjs',
  legalComments: 'none',
  loader: TEXT_FILES,
};

/** A script that is run with a code cache has no import(). */
const modern = { ...common, target: 'node18.19', supported: { 'dynamic-import': false } };

const apart = {
  name: 'apart',
  setup: (bundler) =>
    bundler.onResolve({ filter: new RegExp(`^(${APART.join('|')})$`) }, ({ path }) => ({
      path: `./${path}.js`,
      external: true,
    })),
};

/** These modules of Node take milliseconds to load, and many runs need none of them. */
const onFirstUse = {
  name: 'on-first-use',
  setup: (bundler) => {
    bundler.onResolve(
      { filter: /^node:(child_process|crypto|dgram|http|net|os|process|readline|timers\/promises|tty)$/ },
      ({ path, namespace }) =>
        namespace === 'on-first-use' ? { path, external: true } : { path, namespace: 'on-first-use' },
    );
    bundler.onLoad({ filter: /^/, namespace: 'on-first-use' }, async ({ path }) => ({
      contents: await lateModule(path),
    }));
  },
};

async function lateModule(path) {
  if (path === 'node:process') return 'module.exports = process;';
  const names = Object.keys(await import(path)).filter((name) => name !== 'default');
  const getters = names.map((name) => `get ${name}() { return load().${name}; }`);
  return `let loaded; const load = () => (loaded ??= require('${path}')); module.exports = {${getters.join()}};`;
}

for (const leftover of [next, previous]) await rm(leftover, { recursive: true, force: true });
const bundles = await Promise.all([
  build({ ...common, target: 'es5', entryPoints: { portfwd: 'src/start.ts' }, external: ['./main.js'] }),
  build({
    ...modern,
    entryPoints: { main: 'src/main.ts', 'try-agent': 'src/try-agent.ts' },
    define: { PORTFWD_VERSION: JSON.stringify(version) },
    plugins: [apart, onFirstUse],
  }),
  build({ ...modern, entryPoints: { 'code-cache': 'src/code-cache.ts' } }),
  build({ ...modern, entryPoints: Object.fromEntries(APART.map((name) => [name, name])) }),
]);
await writePages();
const library = await writeLibrary();
await writeFile(`${next}/package.json`, '{"type":"commonjs"}\n');
await chmod(`${next}/portfwd.js`, 0o755);
for (const name of ['main', ...APART]) await appendHash(`${next}/${name}.js`);
// With a constant seed, the same bytes each time.
await runNode('--random-seed=1', `${next}/code-cache.js`);
await writeHelp();
await writeLicenses([...bundles, ...library].flatMap(({ metafile }) => Object.keys(metafile.inputs)));
if (existsSync(`${root}dist`)) await rename(`${root}dist`, previous);
await rename(next, `${root}dist`);
await rm(previous, { recursive: true, force: true });

/** The manual pages, by a program of their own. */
async function writePages() {
  const program = `${next}/manual.cjs`;
  const options = { outdir: undefined, outfile: program, entryPoints: ['scripts/manual/write.ts'] };
  await build({ ...modern, ...options, external: ['../commands/*'] });
  await mkdir(`${next}/man`);
  await runNode(program, `${next}/man`, version);
  await rm(program);
}

/** What `import 'portfwd'` gives, without modules of Node, and its types, which need no other file. */
async function writeLibrary() {
  const options = {
    ...common,
    outdir: undefined,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    entryPoints: ['src/library.ts'],
    alias: { 'node:crypto': './src/library/crypto.ts', 'node:net': './src/library/net.ts' },
  };
  const types = `${next}/types`;
  const [esm, cjs] = await Promise.all([
    build({ ...options, format: 'esm', outfile: `${next}/library/index.mjs` }),
    build({ ...options, format: 'cjs', outfile: `${next}/library/index.cjs` }),
    runNode(`${root}node_modules/typescript/bin/tsc`, '-p', `${root}scripts/library.tsconfig.json`, '--outDir', types),
  ]);
  for (const extension of ['mts', 'cts'])
    await copyFile(`${types}/library.d.ts`, `${next}/library/index.d.${extension}`);
  await rm(types, { recursive: true });
  return [esm, cjs];
}

/** What portfwd itself prints: completion and the JSON Schema. */
async function writeHelp() {
  await mkdir(`${next}/completions`);
  const outputs = {
    'completions/portfwd.bash': ['completion', 'bash'],
    'completions/_portfwd': ['completion', 'zsh'],
    'completions/portfwd.fish': ['completion', 'fish'],
    'portfwd.schema.json': ['schema'],
  };
  const write = async ([file, args]) =>
    writeFile(`${next}/${file}`, (await runNode(`${next}/portfwd.js`, ...args)).stdout);
  await Promise.all(Object.entries(outputs).map(write));
}

/** Without the variables with which portfwd refuses to run as root. */
function runNode(...args) {
  return promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH } });
}

/** A code cache belongs to the script with this hash (src/start.ts). */
async function appendHash(file) {
  const hash = createHash('sha256').update(await readFile(file));
  await appendFile(file, `//${hash.digest('hex')}`);
}

/** Of portfwd and of the packages that are in the bundles. */
async function writeLicenses(inputs) {
  const packages = inputs.flatMap((path) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const texts = [...new Set(packages)]
    .sort((a, b) => (a < b ? -1 : 1))
    .map(async (directory) => {
      const file = (await readdir(`${root}${directory}`)).find((name) => /^licen[cs]e/i.test(name));
      const name = directory.replace(/.*node_modules\//, '');
      return `The program contains ${name}:\n\n${await readFile(`${root}${directory}/${file}`, 'utf8')}`;
    });
  const own = readFile(`${root}LICENSE`, 'utf8');
  await writeFile(`${next}/licenses.txt`, (await Promise.all([own, ...texts])).join('\n'));
}
