import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { Command } from 'commander';
import { ENVIRONMENT, FILES } from '../../src/cli/define/environment.ts';
import { GROUPS } from '../../src/cli/define/groups.ts';
import { forwardKeys, rowOf } from '../../src/model/forward-keys.ts';
import { EXIT } from '../../src/report/exit-code.ts';
import { EXIT_MEANINGS } from '../../src/report/exit-meanings.ts';
import { FILE_KEYS, LISTEN_FORMS, SHORTHAND_FORMS, TARGET_FORMS } from '../../src/parse/help/file-keys.ts';
import { MODEL_EXAMPLE, modelHelp, valuesOf } from '../../src/parse/help/model-help.ts';
import { fileOf, modelOf, parseFindings } from '../support/model.ts';
import { directoryWith, runIn } from '../support/portfwd.ts';
import { LIMIT, terminalsIn } from '../support/terminal.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const PAGES = ['portfwd.1', 'portfwd.yaml.5'] as const;
const DEFINITIONS = GROUPS.flatMap(({ commands }) => commands).filter(({ hidden }) => hidden !== true);

const pages = Object.fromEntries(
  await Promise.all(PAGES.map(async (page) => [page, await shown(page)] as const)),
) as Record<(typeof PAGES)[number], string>;

/** As a reader sees it, without hyphenation. */
async function shown(page: string): Promise<string> {
  const args = ['--warnings', '-E', 'ascii', '-l', `dist/man/${page}`];
  const { exitCode, stdout, stderr } = await runIn(ROOT, 'man', args, { MANWIDTH: '2000', LC_ALL: 'C' });
  if (exitCode !== 0 || stderr !== '') throw new Error(`man of ${page}: ${stderr}; scripts/setup test installs man`);
  return stdout;
}

test.each(PAGES)('%s has no mistakes that mandoc or man know', async (page) => {
  const { stdout, stderr } = await runIn(ROOT, 'mandoc', ['-Tlint', `dist/man/${page}`]).catch((error: unknown) => {
    throw new Error(`mandoc does not run; scripts/setup test installs it: ${String(error)}`);
  });
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  const args = ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', `dist/man/${page}`];
  expect(await runIn(ROOT, 'man', args, { MANWIDTH: '80' })).toMatchObject({ exitCode: 0, stderr: '' });
});

const { path: cwd, remove } = directoryWith({});
const terminals = terminalsIn(cwd);
afterAll(async () => {
  await terminals.close();
  remove();
}, LIMIT);

test.concurrent.each([
  ['portfwd', 1, '       portfwd - forward ports of this host with nftables'],
  ['portfwd.yaml', 5, '       portfwd.yaml - the forwards of portfwd'],
])('man %s in a terminal of 80 columns', async (name, section, title) => {
  const directory = `${cwd}/man/man${section}`;
  mkdirSync(directory, { recursive: true });
  copyFileSync(`${ROOT}dist/man/${name}.${section}`, `${directory}/${name}.${section}`);
  const env = `env -i TERM=screen PATH='${process.env['PATH']}' MANPATH=${cwd}/man LC_ALL=C.UTF-8`;
  const size = { columns: 80, lines: 24 };
  const terminal = await terminals.open(`man${section}`, `${env} sh -c 'man ${name}; echo closed; sleep 60'`, size);
  const lines = (await terminal.shows('press h for help or q to quit')).split('\n');
  const heading = `${name.toUpperCase()}(${section})`;
  expect([lines[0]?.startsWith(`${heading} `), lines[0]?.endsWith(` ${heading}`)]).toEqual([true, true]);
  expect(lines.slice(2, 4)).toEqual(['NAME', title]);
  // Nothing that is copied from the page is broken by a hyphen.
  expect(lines.join('\n')).toContain('/etc/portfwd/portfwd.yaml');
  await terminal.press('q');
  await terminal.shows('closed');
});

/** Without line breaks, and with one space between words. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** Name and text of each command. */
const sections = new Map(
  (pages['portfwd.1'].split('\nCOMMON OPTIONS\n')[0] ?? '')
    .split(/^ {7}portfwd (?=[a-z])/m)
    .slice(2)
    .map((text) => [/^[a-z]+/.exec(text)?.[0] ?? '', text]),
);

test('portfwd.1 has the commands of the help and no other', () => {
  expect([...sections.keys()]).toEqual([...DEFINITIONS.map(({ name }) => name), 'help']);
});

test.each(DEFINITIONS)('portfwd.1 has arguments, options and examples of $name', ({ name, define }) => {
  const section = sections.get(name) ?? '';
  const { options, registeredArguments } = define(new Command(name));
  for (const { long, description, argChoices, defaultValue } of options) {
    expect(section).toContain(long);
    expect(flat(pages['portfwd.1'])).toContain(description.replaceAll('`', ''));
    if (argChoices !== undefined) expect(section).toContain(`${long} ${argChoices.join('|')}\n`);
    if (typeof defaultValue === 'string') expect(flat(section)).toContain(`${description} (default: ${defaultValue})`);
  }
  for (const { description, argChoices } of registeredArguments)
    expect(flat(section)).toContain(argChoices?.join('|') ?? description);
  expect(section).toMatch(new RegExp(`Examples:\\s+portfwd ${name}\\b`));
});

test('portfwd.1 has every exit code, variable and file', () => {
  const page = pages['portfwd.1'];
  for (const [name, code] of Object.entries(EXIT))
    expect(flat(page)).toContain(` ${code} ${EXIT_MEANINGS[name as keyof typeof EXIT].replaceAll('`', '')}`);
  for (const [name] of ENVIRONMENT) expect(page).toMatch(new RegExp(`^ {7}${name}( |$)`, 'm'));
  for (const [path] of FILES) expect(page).toMatch(new RegExp(`^ {7}${path}$`, 'm'));
});

test('every variable that the source reads is documented', () => {
  const read = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(`${ROOT}src/${path}`, 'utf8').matchAll(/\benv\['([A-Z_]+)'\]/g)])
    .map(([, name]) => name);
  expect(read.length).toBeGreaterThan(5);
  for (const name of read) expect(ENVIRONMENT.flatMap(([names]) => names.split(', '))).toContain(name);
});

test('docs/operations.md has the same exit codes', () => {
  const operations = readFileSync(`${ROOT}docs/operations.md`, 'utf8');
  for (const [name, code] of Object.entries(EXIT))
    expect(operations).toContain(`\n| ${code} | ${EXIT_MEANINGS[name as keyof typeof EXIT]} |\n`);
});

test('portfwd.yaml.5 and help model have every key and form', () => {
  const terms = [
    ...Object.keys(FILE_KEYS),
    ...forwardKeys,
    ...[...LISTEN_FORMS, ...TARGET_FORMS, ...SHORTHAND_FORMS].map(([written]) => written),
  ];
  for (const term of terms) {
    expect(pages['portfwd.yaml.5']).toContain(term);
    expect(modelHelp()).toContain(term);
  }
  for (const key of forwardKeys) {
    const { help, required } = rowOf(key);
    const about = `${valuesOf(key)} ${help}${required === true ? ' (required)' : ''}`;
    expect(flat(pages['portfwd.yaml.5'])).toContain(`${key}: ${about}`);
  }
  expect(
    Math.max(
      ...modelHelp()
        .split('\n')
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80);
});

test.each(LISTEN_FORMS)('the listen %s (%s) is good', (listen) => {
  const ipv6 = listen.includes('[');
  const target = listen.startsWith('127.') ? '127.0.0.1' : ipv6 ? '"[2001:db8::10]"' : '10.0.0.2';
  expect(parseFindings(fileOf(`{listen: ${listen}, target: ${target}}`))).toEqual([]);
});

test.each(TARGET_FORMS)('the target %s (%s) is good', (target) => {
  expect(parseFindings(fileOf(`{listen: 27000-27100, target: ${target}}`))).toEqual([]);
});

test.each(SHORTHAND_FORMS)('the shorthand %s (%s) is good', (text) => {
  expect(parseFindings(fileOf(text))).toEqual([]);
});

test('the example is good', () => {
  expect(modelOf(MODEL_EXAMPLE.join('\n')).forwards).toHaveLength(3);
});
