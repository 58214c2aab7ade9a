import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { forwardKeys, rowOf } from '../../../src/model/forward-keys.ts';
import { fileSchema } from '../../../src/parse/json-schema/json-schema.ts';
import { schemaAccepts, schemaErrors } from '../../support/file-schema.ts';
import { fileOf } from '../../support/model.ts';

// test/support/model.ts asks the schema about every file that any test parses.

const RULESETS = new URL('../../../rulesets/', import.meta.url).pathname;

test.each(readdirSync(RULESETS))(
  'the file of rulesets/%s is valid, and so are its forwards in a file beside it',
  (name) => {
    const value = parse(readFileSync(`${RULESETS}${name}/portfwd.yaml`, 'utf8')) as { forwards: readonly unknown[] };
    const { forwards, ...settings } = value;
    for (const file of [value, { forwards }, { version: 1, forwards }, settings])
      expect(schemaAccepts(file), schemaErrors()).toBe(true);
  },
);

test.each(['forwarding: enable', 'priority: -100', 'counters: false', 'revision: "1"', 'mss: clamp'])(
  '%s is a key of the main file, which has a version',
  (setting) => {
    expect(schemaAccepts(parse(`${setting}\nforwards: []`))).toBe(false);
    expect(schemaAccepts(parse(`version: 1\n${setting}\nforwards: []`))).toBe(true);
  },
);

test('a file has a key', () => expect(schemaAccepts({})).toBe(false));

test.each([
  ['6000:192.168.0.2:5000', true],
  ['"[::]:443:[2001:db8::10]:8443/tcp"', true],
  ['"80,443:10.0.0.2"', true],
  ['6000:192.168.0.2:500000', false],
  ['6000:192.168.0.256:5000', false],
  ['6000:example.org:5000', false],
  ['6000', false],
  ['{listen: 80, target: 10.0.0.2}', true],
  ['{listen: [80, "10.0.0.1:443"], target: 10.0.0.2, protocol: [tcp, udp]}', true],
  ['{listen: 80, target: 10.0.0.2, protocol: both}', true],
  ['{listen: 80, target: 10.0.0.2, protocl: tcp}', false],
  ['{listen: 80}', false],
  ['{listen: 0, target: 10.0.0.2}', false],
  ['{listen: 80, target: 10.0.0.2:70000}', false],
  ['{listen: 80, target: 10.0.0.2, mss: big}', false],
  [`{listen: 80, target: 10.0.0.2, comment: ${'x'.repeat(201)}}`, false],
  ['{listen: 80, target: 10.0.0.2, interface: "ppp*"}', false],
  ['{listen: 80, target: 10.0.0.2, interface: "ppp*", wildcard: true}', true],
])('%s: %s', (item, valid) => {
  expect(schemaAccepts(parse(fileOf(item)))).toBe(valid);
});

test.each(['forward: []', '{}', 'mss: clamp\nforwards: []', 'version: 1\nforwards: []\nprioriti: 1'])(
  'the file %j is not valid',
  (text) => {
    expect(schemaAccepts(parse(text))).toBe(false);
  },
);

test('an editor gets the default of a key, and the remedy in place of a pattern', () => {
  const { properties } = (fileSchema() as { definitions: { forward: { properties: Record<string, unknown> } } })
    .definitions.forward;
  const { default: value } = rowOf('masquerade');
  expect(properties['masquerade']).toMatchObject({ default: value });
  expect(properties['target']).toMatchObject({ patternErrorMessage: rowOf('target').remedy });
});

test('every key has a description', () => {
  const { properties, definitions } = fileSchema() as {
    properties: Record<string, { description?: string }>;
    definitions: { forward: { properties: Record<string, { description?: string }> } };
  };
  expect(Object.keys(definitions.forward.properties)).toEqual(forwardKeys);
  for (const { description } of [...Object.values(properties), ...Object.values(definitions.forward.properties)])
    expect(description).toMatch(/\w/);
});
