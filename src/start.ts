#!/usr/bin/env node
// A file of its own in old syntax, because an old Node must be able to read it.
var version = process.versions.node.split('.');
if (Number(version[0]) > 18 || (version[0] === '18' && Number(version[1]) >= 19)) {
  runMain();
} else {
  process.stderr.write('portfwd: error: portfwd needs Node.js 18.19 or later; this is ' + process.versions.node + '\n');
  process.exit(3);
}

/**
 * V8 needs half of the time to compile main.js, so code-cache.ts keeps the result. V8 does not use it if another
 * version made it. It is next to main.js: a user who can change one can change the other.
 */
function runMain() {
  var fs = require('fs');
  var file = __dirname + '/main.js';
  var text = fs.readFileSync(file, 'latin1'); // the bundle is ASCII
  var script = new (require('vm').Script)(require('module').wrap(text), {
    filename: file,
    cachedData: cacheOf(text, __dirname + '/main.cache'),
  });
  script.runInThisContext()(exports, require, module, file, __dirname);
}

function cacheOf(text: string, file: string) {
  var fs = require('fs');
  var cache = fs.existsSync(file) ? fs.readFileSync(file) : '';
  var hash = text.slice(-64);
  return cache.toString('latin1', 0, 64) === hash ? cache.subarray(64) : undefined;
}
