#!/usr/bin/env node
// A file of its own in old syntax, because an old Node must be able to read it.
var version = process.versions.node.split('.');
var loaded: { [id: string]: { exports: object } } = {};
if (Number(version[0]) > 18 || (version[0] === '18' && Number(version[1]) >= 19)) {
  load('./main.js');
} else {
  process.stderr.write('portfwd: error: portfwd needs Node.js 18.19 or later; this is ' + process.versions.node + '\n');
  process.exit(3);
}

/**
 * V8 needs half of the time to compile main.js, so code-cache.ts keeps the result, also of the files that main.js loads. V8
 * does not use it if another version made it. It is next to the file: a user who can change one can change the other.
 */
function load(id: string) {
  if (id.slice(0, 2) !== './') return require(id);
  var known = loaded[id];
  if (known) return known.exports;
  var own = (loaded[id] = { exports: {} });
  var file = __dirname + id.slice(1);
  var text = require('fs').readFileSync(file, 'latin1'); // the bundles are ASCII
  var script = new (require('vm').Script)(require('module').wrap(text), {
    filename: file,
    cachedData: cacheOf(text, file.replace(/js$/, 'cache')),
  });
  script.runInThisContext()(own.exports, load, own, file, __dirname);
  return own.exports;
}

function cacheOf(text: string, file: string) {
  var fs = require('fs');
  var cache = fs.existsSync(file) ? fs.readFileSync(file) : '';
  var hash = text.slice(-64);
  return cache.toString('latin1', 0, 64) === hash ? cache.subarray(64) : undefined;
}
