import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelPath } from '../../src/finding/finding.ts';
import { readPlainDocument } from '../../src/parse/plain/document.ts';
import { readPlain } from '../../src/parse/plain/read.ts';
import { readYamlDocument } from '../../src/parse/yaml.ts';
import { layoutOf, textOf } from './random-layout.ts';
import { modelText } from './random-model.ts';
import { SCALARS } from './yaml-scalars.ts';
import { RUNS, runs } from './runs.ts';

const scalar = fc.constantFrom(...SCALARS);
const key = fc.constantFrom(
  'listen',
  'target',
  'name',
  'constructor',
  '__proto__',
  'on',
  'a b',
  'x',
  '"x"',
  "'x'",
  'true',
  '12',
  'listen_port',
  'toString',
);
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

/** JSON as different programs write it, sometimes with one character changed. */
const json = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.string(),
        fc.dictionary(
          fc.constantFrom('listen', 'target', 'name', 'x', 'comment'),
          fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string()),
        ),
      ),
      { maxLength: 4 },
    ),
    fc.constantFrom(undefined, 1, 2, '\t'),
    fc.nat(300),
    fc.constantFrom('', '', '', ',', '}', '"', ' ', '\n', '\\', '1', ':', '#', ' # a'),
  )
  .map(([forwards, indent, at, more]) => {
    const written = JSON.stringify({ version: 1, forwards }, undefined, indent);
    return more === '' ? written : written.slice(0, at) + more + written.slice(at);
  });

const unix = fc.oneof(
  json,
  fc.array(line, { maxLength: 8 }).map((lines) => `version: 1\nforwards:\n${lines.join('\n')}\n`),
  good.map((lines) => `version: 1\nforwards:\n${lines.join('\n')}\n`),
  fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
  modelText.chain((written) => layoutOf((JSON.parse(written) as { forwards: unknown[] }).forwards)).map(textOf),
);

/** As it is, and with the line breaks of other systems. */
const text = fc
  .tuple(unix, fc.constantFrom('\n', '\n', '\r\n', '\r'))
  .map(([written, end]) => written.replaceAll('\n', end));

/** Every path in a value, and one beside each mapping. */
function pathsIn(value: unknown, path: ModelPath = []): ModelPath[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : [...Object.keys(value), 'absent'];
  const inside = keys.map((key) => pathsIn((value as Record<string | number, unknown>)[key], [...path, key]));
  return [path, ...inside.flat()];
}

test(`what is read without the YAML parser is what it would give (seed ${RUNS.seed})`, () => {
  let plain = 0;
  fc.assert(
    fc.property(text, (written) => {
      const bytes = new TextEncoder().encode(written);
      const read = readPlainDocument(bytes);
      if (read === undefined) return;
      const { value, locate } = read;
      plain += 1;
      const parsed = readYamlDocument(bytes);
      expect(parsed.findings).toEqual([]);
      expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(value));
      for (const path of pathsIn(value)) {
        for (const code of ['model/unknown-key', 'model/value'] as const) {
          if (code === 'model/unknown-key' && typeof path.at(-1) === 'number') continue;
          expect({ path, code, ...locate({ path, code }) }).toEqual({ path, code, ...parsed.locate({ path, code }) });
        }
      }
    }),
    runs(20_000),
  );
  expect(plain).toBeGreaterThan(RUNS.numRuns / 2);
});

function plainOf(written: string): unknown {
  const read = readPlain(written);
  return typeof read === 'object' ? JSON.parse(JSON.stringify(read.value)) : read;
}

test('the plain forms are read so', () => {
  const item = { name: 'web', listen: 8080, target: '10.0.0.2:80', loopback: true };
  const mapping = '- name: web\n    listen: 8080\n    target: 10.0.0.2:80\n    loopback: true\n';
  const written = `# mine\nversion: 1\npriority: 5\n\nforwards:\n  - 6000:192.168.0.2:5000\n  - "*:53:10.0.0.1"\n  # and\n  ${mapping}`;
  expect(plainOf(written)).toEqual({
    version: 1,
    priority: 5,
    forwards: ['6000:192.168.0.2:5000', '*:53:10.0.0.1', item],
  });
});

test('what programs write is read without the YAML parser', () => {
  const item = {
    comment: "Bob's server",
    from: ['192.0.2.0/24'],
    listen: 80,
    protocol: ['tcp', 'udp'],
    target: '10.0.0.2',
  };
  const model = { forwards: [item, '81:10.0.0.2'], version: 1 };
  const inBlock = `---\nforwards:\n- comment: Bob's server\n  from:\n  - 192.0.2.0/24\n  listen: 80\n  protocol:\n  - tcp\n  - udp\n  target: 10.0.0.2\n- '81:10.0.0.2'\nversion: 1\n`;
  const inFlow = `version: 1\nforwards:\n  - { comment: "Bob's server", from: [192.0.2.0/24], listen: 80, protocol: [tcp, udp], target: 10.0.0.2 } # Bob\n  - 81:10.0.0.2\n`;
  for (const written of [
    inBlock,
    inFlow,
    JSON.stringify(model),
    JSON.stringify(model, undefined, 2),
    JSON.stringify(model, undefined, '\t'),
  ])
    expect(plainOf(written)).toEqual(model);
});
