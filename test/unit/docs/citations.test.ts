import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const listed = (directory: string, ending: string): string[] =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(directory, path));

const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...listed('docs', '.md'),
  ...listed('integrations', '.md'),
];
const FACTS = 'docs/netfilter.md';

test('docs/netfilter.md has every fact that a comment cites', () => {
  const sources = [...listed('src', '.ts'), ...listed('test', '.ts')];
  const cited = sources.flatMap((path) =>
    [...read(path).matchAll(/\(facts? (?<numbers>\d[^)]*)\)/g)].flatMap(({ groups }) =>
      (groups?.['numbers']?.match(/\d+/g) ?? []).map((number) => ({ path, number })),
    ),
  );
  expect(cited.length).toBeGreaterThan(0);
  expect(cited.filter(({ number }) => !anchorsOf(FACTS).has(`fact-${number}`))).toEqual([]);
});

test('each fact has a number of its own', () => {
  const numbers = [...read(FACTS).matchAll(/ id="fact-(?<anchor>\d+)"><\/a>(?<number>\d+)\. /g)].map(({ groups }) => [
    Number(groups?.['anchor']),
    Number(groups?.['number']),
  ]);
  expect(numbers.sort(([one = 0], [other = 0]) => one - other)).toEqual(
    numbers.map((_, index) => [index + 1, index + 1]),
  );
});

test('each fact has a source', () => {
  const facts = read(FACTS).split(/^### /m).slice(1);
  expect(facts.filter((fact) => !/^Source: ./m.test(fact))).toEqual([]);
});

test.each(DOCUMENTS)('%s: every link has a file and a heading that exist', (path) => {
  expect(linksIn(path).filter((link) => !link.includes(':') && !isThere(path, link))).toEqual([]);
});

test.each(DOCUMENTS)('%s: every link to another site is a whole https address', (path) => {
  const outside = linksIn(path).filter((link) => link.includes(':'));
  expect(outside.filter((link) => !/^https:\/\/[a-z0-9.-]+\.[a-z]+\/\S*$/.test(link) || !URL.canParse(link))).toEqual(
    [],
  );
});

/** Also those of images, and of references below a text. */
const linksIn = (path: string): string[] =>
  [...read(path).matchAll(/\]\((?<to>[^)]*)\)|^\[[^\]]+\]: (?<reference>.*)$|(?<bare>https?:\/\/[^\s)>`"',]+)/gm)]
    .map(({ groups }) => groups?.['to'] ?? groups?.['reference'] ?? groups?.['bare'] ?? '')
    .filter((link) => !link.startsWith('http://127.0.0.1'));

function isThere(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  return existsSync(join(ROOT, path)) && (anchor === undefined || anchorsOf(path).has(anchor));
}

/** As GitHub makes them from headings, and those that are written out. */
function anchorsOf(path: string): Set<string> {
  const text = read(path);
  const headings = [...text.matchAll(/^#+ (?<title>.+)$/gm)].map(({ groups }) =>
    (groups?.['title'] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/ id="(?<id>[^"]+)"/g)].map(({ groups }) => groups?.['id'] ?? '')]);
}

test.each(DOCUMENTS)('%s: every file of this repository that it names exists', (path) => {
  const named = read(path).matchAll(
    /(?<![\w/.])(?:\.\/)?(?<file>(?:src|test|scripts|rulesets|docs)\/[\w./-]*\w|(?:[\w-]+\/)+[\w-]+\.ts)/g,
  );
  expect(
    [...named]
      .map(({ groups }) => groups?.['file'] ?? '')
      .filter((file) => !existsSync(join(ROOT, file)) && !existsSync(join(ROOT, 'src', file))),
  ).toEqual([]);
});
