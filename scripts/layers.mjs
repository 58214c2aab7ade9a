// Checks who may import whom in src/: one table, from the top down. Prints each import that breaks it; exit 1 then.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * A room may import the rooms behind it, all of which stand further down: so there is no circle. `type X` allows
 * types only. A new room is one line.
 */
const ALLOWED = {
  'main.ts': 'cli host failure node',
  cli: 'status apply report host explain edit diagnose compare emit lower simulate check parse model finding failure type-boot node commander',
  status: 'apply host compare emit lower model type-failure type-nft-json',
  apply: 'report host flows diagnose check emit lower boot parse model finding failure type-compare node',
  report: 'finding failure type-parse',
  host: 'failure nft-json type-model type-diagnose type-flows type-boot node execa',
  explain: 'diagnose simulate parse model finding',
  edit: 'parse model type-finding yaml',
  diagnose: 'nft-json model type-finding',
  compare: 'nft-json model finding type-ruleset',
  flows: 'model',
  simulate: 'type-ruleset node:net',
  emit: 'type-ruleset node:crypto',
  lower: 'model type-ruleset type-finding',
  check: 'model type-finding',
  parse: 'model finding yaml zod ipaddr.js',
  model: 'finding ipaddr.js node:net',
  ruleset: 'type-finding',
  'nft-json': '',
  boot: '',
  failure: '',
  finding: '',
};

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', 'src');
const rooms = Object.keys(ALLOWED);
const broken = [...upwards(), ...sources().flatMap(check)];
for (const line of broken) console.error(line);
process.exitCode = broken.length > 0 ? 1 : 0;

/** The table itself: what is imported is a room further down, or a package. */
function upwards() {
  return Object.entries(ALLOWED).flatMap(([room, list]) =>
    list
      .split(' ')
      .map((word) => word.replace(/^type-/, ''))
      .filter((name) => rooms.includes(name) && rooms.indexOf(name) <= rooms.indexOf(room))
      .map((name) => `scripts/layers.mjs: ${room} must not import ${name}, which stands above it`),
  );
}

function sources() {
  return readdirSync(ROOT, { recursive: true }).filter((path) => path.endsWith('.ts'));
}

function check(path) {
  const [room] = path.split('/');
  if (ALLOWED[room] === undefined) return [`src/${path}: the room ${room} is not in the table of scripts/layers.mjs`];
  const allowed = ALLOWED[room].split(' ');
  const text = readFileSync(join(ROOT, path), 'utf8');
  return importsOf(text, dirname(path))
    .filter(({ names, onlyTypes }) =>
      names.every(
        (name) => !allowed.includes(name) && !(onlyTypes && allowed.includes(`type-${name}`)) && name !== room,
      ),
    )
    .map(({ names, onlyTypes }) => `src/${path}: ${room} must not import ${onlyTypes ? 'types of ' : ''}${names[0]}`);
}

/** The names by which the table may allow each import: the room, or the package and its kind. */
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
