// Draws the pictures of the documents again with the built portfwd: pictures.mjs [DIRECTORY] (default: this repository).
// A picture in Mermaid is of the YAML block before it. The SVG is of a file in rulesets/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const GATEWAY = join(ROOT, 'rulesets/gateway');
/** A YAML block, and the next picture. */
const PAIRS =
  /(```yaml\n((?:(?!```)[^])*)```(?:(?!```yaml)[^])*?<!-- scripts\/pictures\.mjs -->\n\n```mermaid\n)[^]*?(?=```)/g;
const destination = process.argv[2] ?? ROOT;

for (const page of ['README.md', 'docs/graph.md'])
  write(page, readFileSync(join(ROOT, page), 'utf8').replaceAll(PAIRS, withPicture));
write('docs/graph.svg', graph(['--config', join(GATEWAY, 'portfwd.yaml'), '--format', 'svg']));

function withPicture(_, before, yaml) {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-picture-'));
  try {
    writeFileSync(join(directory, 'portfwd.yaml'), yaml);
    return before + graph(['--config', join(directory, 'portfwd.yaml')]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function graph(args) {
  const command = [join(ROOT, 'dist/portfwd.js'), 'graph', '--host-facts', join(GATEWAY, 'host-facts.json'), ...args];
  return execFileSync(process.execPath, command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function write(name, text) {
  const path = join(destination, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
