// The main script of the single executable (scripts/build-executable). The files of dist are assets in it.
import Module, { createRequire } from 'node:module';
import { Script } from 'node:vm';

const builtin = createRequire(process.execPath);
const { getRawAsset } = builtin('node:sea') as { readonly getRawAsset: (name: string) => ArrayBuffer };
const loaded = new Map<string, object>();
const CACHED: ReadonlySet<string> = new Set(['main.js', 'yaml.js']);

// By this, main.ts sees that the executable needs no other file.
process.argv[1] = process.execPath;
if (process.argv[2] === '--try-agent') load('./try-agent.js');
else if (process.argv[2] === '--licenses') process.stdout.write(Buffer.from(getRawAsset('licenses.txt')));
else load('./main.js');

function load(id: string): unknown {
  if (!id.startsWith('./')) return builtin(id);
  const name = id.slice(2);
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const module = { exports: {} };
  const text = Buffer.from(getRawAsset(name)).toString('latin1'); // the bundles are ASCII
  const cached = CACHED.has(name) && {
    cachedData: Buffer.from(getRawAsset(name.replace(/js$/, 'cache'))).subarray(64),
  };
  const script = new Script(Module.wrap(text), { filename: name, ...cached });
  script.runInThisContext()(module.exports, load, module, name, '/');
  loaded.set(name, module.exports);
  return module.exports;
}
