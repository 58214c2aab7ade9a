#!/usr/bin/env node
// A file of its own in old syntax, because an old Node must be able to read it.
var version = process.versions.node.split('.');
if (Number(version[0]) > 18 || (version[0] === '18' && Number(version[1]) >= 19)) {
  require('./main.js');
} else {
  process.stderr.write('portfwd: error: portfwd needs Node.js 18.19 or later; this is ' + process.versions.node + '\n');
  process.exit(3);
}
