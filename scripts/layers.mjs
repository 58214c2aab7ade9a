// Checks which folder of src/ imports which. Prints every import that is not allowed, and then exits with 1.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * Each folder, and what it may import: folders further down in this table, so there is no cycle, and packages.
 * `type-X` allows only types of X. A new folder is one line.
 */
const ALLOWED = {
  'start.ts': '',
  'try-agent.ts': 'node',
  'code-cache.ts': 'type-yaml node',
  'executable.ts': 'node',
  'main.ts': 'cli host failure node',
  'library.ts': 'library emit lower check parse model finding type-ruleset',
  library: 'explain emit simulate parse model finding type-ruleset ipaddr.js @noble',
  cli: 'status apply report host parts tryout metrics top counters doctor explain trace graph edit diagnose compare emit lower simulate check parse model finding failure type-boot node commander',
  status: 'apply host counters doctor diagnose compare emit lower model failure type-finding type-flows type-nft-json',
  apply: 'host parts counters flows diagnose compare check emit lower boot parse model finding failure node',
  report: 'parts finding failure type-parse',
  host: 'parts failure nft-json type-model type-doctor type-diagnose type-counters type-flows type-boot node signal-exit zod',
  doctor: 'diagnose flows model finding',
  tryout: 'simulate type-ruleset model',
  explain: 'type-simulate parse model finding',
  trace: 'model',
  metrics: 'type-counters model',
  top: 'counters model',
  graph: 'model finding',
  edit: 'parse model type-finding yaml',
  diagnose: 'nft-json model type-finding',
  compare: 'nft-json model finding type-ruleset',
  counters: 'nft-json model',
  flows: 'model',
  simulate: 'model type-ruleset node:net',
  emit: 'type-ruleset node:crypto',
  lower: 'model type-ruleset',
  check: 'model type-finding',
  parse: 'model finding yaml zod',
  model: 'finding ipaddr.js node:net node:crypto',
  ruleset: 'type-finding',
  'nft-json': '',
  parts: 'node:path zod',
  boot: '',
  failure: '',
  finding: '',
};

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', 'src');
const folders = Object.keys(ALLOWED);
const broken = [...upwards(), ...sources().flatMap(check)];
for (const line of broken) console.error(line);
process.exitCode = broken.length > 0 ? 1 : 0;

/** Errors in the table itself: a folder that imports one above it. */
function upwards() {
  return Object.entries(ALLOWED).flatMap(([folder, list]) =>
    list
      .split(' ')
      .map((word) => word.replace(/^type-/, ''))
      .filter((name) => folders.includes(name) && folders.indexOf(name) <= folders.indexOf(folder))
      .map((name) => `scripts/layers.mjs: ${folder} must not import ${name}, which is above it in the table`),
  );
}

function sources() {
  return readdirSync(ROOT, { recursive: true }).filter((path) => path.endsWith('.ts'));
}

function check(path) {
  const [folder] = path.split('/');
  if (ALLOWED[folder] === undefined)
    return [`src/${path}: the folder ${folder} is not in the table of scripts/layers.mjs`];
  const allowed = ALLOWED[folder].split(' ');
  const text = readFileSync(join(ROOT, path), 'utf8');
  return importsOf(text, dirname(path))
    .filter(({ names, onlyTypes }) =>
      names.every(
        (name) => !allowed.includes(name) && !(onlyTypes && allowed.includes(`type-${name}`)) && name !== folder,
      ),
    )
    .map(({ names, onlyTypes }) => `src/${path}: ${folder} must not import ${onlyTypes ? 'types of ' : ''}${names[0]}`);
}

/** What the table calls each import: a folder, or a package (`node` for every module of Node). */
function importsOf(text, directory) {
  const statements = /^(?:import|export)( type)?\b[^;'"]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(statements)].map(([, type, from, lazy]) => {
    const specifier = from ?? lazy;
    const onlyTypes = type !== undefined;
    if (specifier.startsWith('.')) return { names: [normalize(join(directory, specifier)).split('/')[0]], onlyTypes };
    if (specifier.startsWith('node:')) return { names: [specifier, 'node'], onlyTypes };
    return { names: [specifier.split('/')[0]], onlyTypes };
  });
}
