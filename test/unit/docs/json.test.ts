import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DOCUMENTS, jsonSchema } from '../../../scripts/json/documents.ts';

const page = readFileSync('docs/json.md', 'utf8');

test('docs/json.schema.json is what the definitions make', () => {
  const file: unknown = JSON.parse(readFileSync('docs/json.schema.json', 'utf8'));
  expect(file, 'write it again with scripts/json-schema').toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});

test('docs/json.md names each document', () => {
  expect(Object.keys(DOCUMENTS).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
