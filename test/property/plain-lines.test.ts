import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelPath } from '../../src/finding/finding.ts';
import { parseYaml } from '../../src/parse/yaml.ts';
import { plainLinesLocator } from '../../src/parse/plain-lines-position.ts';
import { readPlainLines } from '../../src/parse/plain-lines.ts';
import { RUNS, runs } from './runs.ts';

const SCALARS = [
  '6000',
  '1',
  '0',
  '022',
  '0x16',
  '0o17',
  '1e3',
  '1.5',
  '10.',
  '.5',
  '+1',
  '-1',
  '1_000',
  '12:30',
  '6000:192.168.0.2:5000',
  '192.168.0.2',
  '10.0',
  'true',
  'True',
  'yes',
  'null',
  'Null',
  '~',
  'web',
  'a:',
  ':a',
  '-',
  '- x',
  '"*:6000"',
  '"[::]:443"',
  '"a\\n"',
  "'x'",
  '*:6000',
  '[::]:443',
  '{a: b}',
  '&x 1',
  '!t 1',
  '2001-01-01',
  '6000 # note',
  '6000#note',
  '"6000"x',
  '|',
  '>',
  '? a',
  '%',
  '@x',
  '`',
  '',
] as const;
const scalar = fc.constantFrom(...SCALARS);
const key = fc.constantFrom('listen', 'target', 'name', 'constructor', '__proto__', 'on', 'a b', 'x');
const space = fc.constantFrom('', ' ', '  ', '    ', '   ', '\t');
const line = fc.oneof(
  fc
    .tuple(space, fc.constantFrom('- ', '-', '-  ', ''), key, fc.constantFrom(': ', ':', ':  '), scalar)
    .map((parts) => parts.join('')),
  fc.tuple(space, fc.constantFrom('- ', '-'), scalar).map((parts) => parts.join('')),
  fc.constantFrom(
    '',
    '# note',
    '  # note',
    '---',
    '...',
    'forwards:',
    'version: 1',
    '  - 6000:10.0.0.1',
    'forwards: []',
    '%YAML 1.1',
  ),
);
const good = fc.array(
  fc.oneof(
    fc.constant('  - 6000:192.168.0.2:5000'),
    fc.tuple(scalar, scalar).map(([listen, target]) => `  - listen: ${listen}\n    target: ${target}`),
    scalar.map((text) => `  - ${text}`),
  ),
  { minLength: 1, maxLength: 4 },
);
const text = fc.oneof(
  fc.array(line, { maxLength: 8 }).map((lines) => `version: 1\nforwards:\n${lines.join('\n')}\n`),
  good.map((lines) => `version: 1\nforwards:\n${lines.join('\n')}\n`),
  fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
);

const PATHS: readonly ModelPath[] = [
  [],
  ['version'],
  ['priority'],
  ['forwards'],
  ...[0, 1, 3].flatMap((index) => [
    ['forwards', index],
    ['forwards', index, 'listen'],
    ['forwards', index, 'target'],
    ['forwards', index, 'x'],
    ['forwards', index, 'comment'],
  ]),
];

test(`what is read without the YAML parser is what it would give (seed ${RUNS.seed})`, () => {
  let plain = 0;
  fc.assert(
    fc.property(text, (written) => {
      const value = readPlainLines(written);
      if (value === undefined) return;
      plain += 1;
      expect(parseYaml(written)).toMatchObject({ findings: [] });
      expect(JSON.stringify(parseYaml(written).value)).toBe(JSON.stringify(value));
      const placeOf = plainLinesLocator(written);
      const { forwards } = value as { readonly forwards: readonly unknown[] };
      for (const path of PATHS.filter(([, index = 0]) => Number(index) < forwards.length)) {
        for (const code of ['model/unknown-key', 'model/value'] as const) {
          if (code === 'model/unknown-key' && typeof path.at(-1) === 'number') continue;
          const place = placeOf(path, code === 'model/unknown-key');
          expect({ path, code, ...place }).toEqual({ path, code, ...parseYaml(written).locate({ path, code }) });
        }
      }
    }),
    runs(5000),
  );
  expect(plain).toBeGreaterThan(RUNS.numRuns / 2);
});

test('the plain forms are read so', () => {
  const item = { name: 'web', listen: 8080, target: '10.0.0.2:80', loopback: true };
  const mapping = '- name: web\n    listen: 8080\n    target: 10.0.0.2:80\n    loopback: true\n';
  const written = `# mine\nversion: 1\npriority: 5\n\nforwards:\n  - 6000:192.168.0.2:5000\n  - "*:53:10.0.0.1"\n  # and\n  ${mapping}`;
  expect(JSON.parse(JSON.stringify(readPlainLines(written)))).toEqual({
    version: 1,
    priority: 5,
    forwards: ['6000:192.168.0.2:5000', '*:53:10.0.0.1', item],
  });
});
