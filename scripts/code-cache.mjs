// Writes main.cache beside main.js, in the directory that is the argument: what V8 compiled of main.js in one run, so that
// later runs need not compile it (src/start.ts). main.js ends with a hash and main.cache begins with it, so that a cache is
// never used with another main.js: V8 compares only lengths.
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { Script } from 'node:vm';

const root = new URL('..', import.meta.url).pathname;
const [directory] = process.argv.slice(2);
const file = `${directory}/main.js`;
const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
appendFileSync(file, `//${hash}`);
const script = new Script(Module.wrap(readFileSync(file, 'latin1')), { filename: file });

process.argv = [process.execPath, file, 'compile', `${root}rulesets/forward-a-port/portfwd.yaml`];
process.env.PORTFWD_STATE_DIR = `${directory}/no-state`; // a build must not look at the state of this host
process.on('exit', () =>
  writeFileSync(`${directory}/main.cache`, Buffer.concat([Buffer.from(hash), script.createCachedData()])),
);
script.runInThisContext()({}, createRequire(file), { exports: {} }, file, directory);
