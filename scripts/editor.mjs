// Shows that an editor with the YAML language server completes keys of the file and marks mistakes in it, as `portfwd init`
// sets it up. Downloads the server. Prints what an editor would show; exit 1 if it is not what is expected.
// usage: node scripts/editor.mjs [--if-reachable]      --if-reachable: exit 0 if the server cannot be downloaded.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SERVER = 'yaml-language-server@1.24.0';

const root = new URL('..', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'portfwd-editor-'));
const file = join(directory, 'portfwd.yaml');
const uri = `file://${file}`;

download();
execFileSync(process.execPath, [`${root}dist/portfwd.js`, 'init', '--config', file]);
const first = readFileSync(file, 'utf8');
const program = join(directory, 'node_modules/.bin/yaml-language-server');
const server = spawn(program, ['--stdio'], { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'] });
try {
  process.exitCode = (await session()) ? 0 : 1;
} finally {
  server.kill();
  rmSync(directory, { recursive: true });
}

function download() {
  try {
    const quiet = ['--loglevel=error', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'];
    execFileSync('npm', [...quiet, '--prefix', directory, 'install', SERVER], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch {
    console.log(`editor: ${SERVER} could not be downloaded`);
    rmSync(directory, { recursive: true });
    process.exit(process.argv.includes('--if-reachable') ? 0 : 3);
  }
}

async function session() {
  const { request, notify, notified } = client();
  await request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  notify('initialized', {});
  notify('workspace/didChangeConfiguration', {
    settings: { yaml: { schemaStore: { enable: false }, completion: true, validate: true, hover: true } },
  });
  const bad = `${first}  - {listen: 70000, target: 10.0.0.2, protocl: tcp}\n  - "80:10.0.0.256"\n  - \n`;
  notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text: bad } });
  const { diagnostics } = await notified('textDocument/publishDiagnostics');
  const lines = bad.split('\n');
  for (const { range, message } of diagnostics) console.log(`line ${range.start.line + 1}: ${message.split('\n')[0]}`);
  const position = { line: lines.length - 2, character: 4 };
  const completion = await request('textDocument/completion', { textDocument: { uri }, position });
  const labels = (completion.items ?? completion).map(({ label }) => label);
  console.log(`offered for a new forward: ${labels.join(' ')}`);
  const wrong = diagnostics.map(({ range }) => lines[range.start.line]);
  return (
    ['listen', 'target', 'masquerade'].every((key) => labels.includes(key)) &&
    ['protocl', '10.0.0.256'].every((word) => wrong.some((line) => line.includes(word))) &&
    diagnostics.every(({ range }) => range.start.line >= first.split('\n').length - 1)
  );
}

/** The protocol of language servers over the streams of the process. */
function client() {
  const waiting = new Map();
  let text = Buffer.alloc(0);
  let last = 0;
  const send = (message) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const received = ({ id, method, result, params }) => {
    if (method !== undefined && id !== undefined)
      send({ id, result: method === 'workspace/configuration' ? [] : null });
    const key = method ?? id;
    waiting.get(key)?.(method === undefined ? result : params);
    waiting.delete(key);
  };
  server.stdout.on('data', (chunk) => {
    text = Buffer.concat([text, chunk]);
    for (;;) {
      const [head, length] = /^Content-Length: (\d+)\r\n(?:.*\r\n)*?\r\n/.exec(text.toString('latin1')) ?? [];
      if (head === undefined || text.length < head.length + Number(length)) return;
      const body = text.subarray(head.length, head.length + Number(length));
      text = text.subarray(head.length + Number(length));
      received(JSON.parse(body.toString()));
    }
  });
  const answer = async (key) => new Promise((resolve) => waiting.set(key, resolve));
  return {
    notify: (method, params) => send({ method, params }),
    request: async (method, params) => {
      last += 1;
      send({ id: last, method, params });
      return answer(last);
    },
    notified: answer,
  };
}
