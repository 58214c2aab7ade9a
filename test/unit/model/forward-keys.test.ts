import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { forwardKeys, rowOf, type ForwardKey } from '../../../src/model/forward-keys.ts';
import { comparedKeys, forwardJson, textOf } from '../../../src/model/forward-values.ts';
import { forwardsOf } from '../../support/model.ts';

const documented = keyTable(readFileSync('docs/model.md', 'utf8'));

test('docs/model.md has a row for every key of a forward, and for no other', () => {
  expect([...documented.keys()].sort()).toEqual([...forwardKeys].sort());
});

test.each(forwardKeys)('docs/model.md names the choices and the default of %s', (key) => {
  const { choices = [], kind, default: value, required } = rowOf(key);
  const row = documented.get(key) ?? '';
  const words = [...choices, ...(typeof value === 'string' || typeof value === 'boolean' ? [`${value}`] : [])];
  for (const word of kind === 'boolean' ? ['true', 'false'] : words) expect(row).toContain(`\`${word}\``);
  if (required === true) expect(row).toContain('required');
});

/** Values for keys that are more than text, a choice or a boolean. */
const OTHER: Partial<Record<ForwardKey, string>> = {
  protocol: 'udp',
  listen: '6001',
  target: '10.0.0.3',
  interface: 'eth0',
  from: '192.0.2.1',
};

test.each(comparedKeys)('a change of %s shows in the comparison and in JSON', (key) => {
  const { kind, choices, default: value } = rowOf(key);
  const changed = OTHER[key] ?? (kind === 'boolean' ? value !== true : (choices?.at(-1) ?? 'other'));
  const keys = { name: 'web', listen: '6000', target: '10.0.0.2' };
  const [before, after] = [keys, { ...keys, [key]: changed }].map((item) => forwardsOf(JSON.stringify(item))[0]);
  if (before === undefined || after === undefined) throw new Error('no forward');
  expect(textOf(key, after)).not.toBe(textOf(key, before));
  expect(forwardJson(after)).not.toEqual(forwardJson(before));
});

/** The rows of the table in the section "A forward", by key. */
function keyTable(text: string): ReadonlyMap<string, string> {
  const [, section = ''] = text.split('\n## A forward\n');
  const [table = ''] = section.split(/\n#{2,3} /);
  return new Map([...table.matchAll(/^\| `(\w+)` \|.*$/gm)].map(([row, key = '']) => [key, row]));
}
