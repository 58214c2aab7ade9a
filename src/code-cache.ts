// Writes main.cache beside main.js: what V8 compiled of main.js in one run, so that later runs need not compile it (start.ts).
// V8 uses it only in the version that made it, so it is made where portfwd is installed. main.js ends with a hash and
// main.cache begins with it, so that a cache is never used with another main.js: V8 compares only lengths.
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';

const EXAMPLE = 'version: 1\nforwards:\n  - "6000:192.168.0.2:5000"\n';

const file = join(__dirname, 'main.js');
const text = readFileSync(file, 'latin1');
// The name is in the cache, which must not depend on the directory.
const script = new Script(Module.wrap(text), { filename: 'main.js' });
const scratch = mkdtempSync(join(tmpdir(), 'portfwd-'));
writeFileSync(join(scratch, 'portfwd.yaml'), EXAMPLE);

process.argv = [process.execPath, file, 'compile', join(scratch, 'portfwd.yaml')];
process.env['PORTFWD_STATE_DIR'] = join(scratch, 'state'); // the state of this host is not looked at
process.on('exit', () => {
  rmSync(scratch, { recursive: true });
  const next = join(__dirname, 'main.cache.new');
  writeFileSync(next, Buffer.concat([Buffer.from(text.slice(-64)), script.createCachedData()]));
  renameSync(next, join(__dirname, 'main.cache'));
});
script.runInThisContext()({}, createRequire(file), { exports: {} }, file, __dirname);
