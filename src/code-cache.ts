// Writes main.cache beside main.js, and the same for yaml.js: what V8 compiled of them in one run, so that later
// runs need not compile it (start.ts). V8 uses it only in the version that made it, so it is made where portfwd is installed.
// The scripts end with a hash and their caches begin with it, so that a cache is never used with another script: V8
// compares only lengths.
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import type { parse } from 'yaml';

const EXAMPLE = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:192.168.0.2:5000"\n';
/** For the cache, this host is not asked, and no tool is started: the order of what happens is always the same. */
const ANSWERS: Readonly<Record<string, string>> = { nft: '{"nftables":[]}', ip: '[]', bridge: '[]' };

type Require = (id: string) => unknown;

const fromNode = createRequire(join(__dirname, 'main.js'));
const scratch = mkdtempSync(join(tmpdir(), 'portfwd-'));
writeFileSync(join(scratch, 'portfwd.yaml'), EXAMPLE);
// Otherwise how often each function was seen by the garbage collection, which depends on the load, would be in the cache.
setFlagsFromString('--no-flush-bytecode');
process.argv = [process.execPath, join(__dirname, 'main.js'), 'check', join(scratch, 'portfwd.yaml')];
process.env['PORTFWD_STATE_DIR'] = join(scratch, 'state'); // the state of this host is not looked at
process.on('exit', () => rmSync(scratch, { recursive: true }));
const yaml = runToCache('yaml', fromNode) as { readonly parse: typeof parse };
yaml.parse(EXAMPLE);
runToCache('main', (id) => (id === 'node:child_process' ? { spawn: answer } : fromNode(id)));

function answer(program: string) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const child = Object.assign(new EventEmitter(), streams, { killed: false, kill: () => true });
  streams.stdin.resume();
  streams.stdout.end(ANSWERS[basename(program)] ?? '');
  streams.stderr.end();
  // After what the streams do at once.
  setImmediate(() => {
    child.emit('exit', 0, null);
    child.emit('close', 0, null);
  });
  return child;
}

/** Returns what the script exports. The cache is written at the end. */
function runToCache(name: string, require: Require): unknown {
  const file = join(__dirname, `${name}.js`);
  const text = readFileSync(file, 'latin1');
  // The name is in the cache, which must not depend on the directory.
  const script = new Script(Module.wrap(text), { filename: `${name}.js` });
  process.on('exit', () => {
    setFlagsFromString('--flush-bytecode'); // the flags of a run that uses the cache are compared
    const next = join(__dirname, `${name}.cache.new`);
    writeFileSync(next, Buffer.concat([Buffer.from(text.slice(-64)), script.createCachedData()]));
    renameSync(next, join(__dirname, `${name}.cache`));
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, file, __dirname);
  return module.exports;
}
