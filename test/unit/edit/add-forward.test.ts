import { expect, test } from 'vitest';
import { MAX_BYTES } from '../../../src/parse/decode-text.ts';
import { added } from '../../support/edit.ts';

const NEW = '6001:10.0.0.2:80';
const IN_FULL = { name: 'web', listen: 6001, target: '10.0.0.2:80' };
const HEAD = 'version: 1\n';

/** What each layout becomes: `<` and `>` stand around what came in. */
test.each([
  ['no file', undefined, '<version: 1\nforwards:\n  - "6001:10.0.0.2:80"\n>'],
  ['an empty file', '', '<version: 1\nforwards:\n  - "6001:10.0.0.2:80"\n>'],
  ['only a comment', '# mine\n', '# mine\n<version: 1\nforwards:\n  - "6001:10.0.0.2:80"\n>'],
  ['a comment cut short', '# mine', '# mine<\nversion: 1\nforwards:\n  - "6001:10.0.0.2:80"\n>'],
  ['a block', 'forwards:\n  - a\n', 'forwards:\n  - a<\n  - "6001:10.0.0.2:80">\n'],
  ['no final newline', 'forwards:\n- a', 'forwards:\n- a<\n- "6001:10.0.0.2:80">'],
  ['wide indentation', 'forwards:\n      - a\n', 'forwards:\n      - a<\n      - "6001:10.0.0.2:80">\n'],
  ['CRLF', 'forwards:\r\n  - a\r\n# b\r\n', 'forwards:\r\n  - a<\r\n  - "6001:10.0.0.2:80">\r\n# b\r\n'],
  ['a comment beside the last', 'forwards:\n  - a # b\n\n', 'forwards:\n  - a # b<\n  - "6001:10.0.0.2:80">\n\n'],
  ['a comment below the last', 'forwards:\n  - a\n  # b\n', 'forwards:\n  - a<\n  - "6001:10.0.0.2:80">\n  # b\n'],
  [
    'a comment that belongs to the last',
    'forwards:\n  - listen: 1\n    target: b\n\n    # enabled: false\n\n# c\n',
    'forwards:\n  - listen: 1\n    target: b\n\n    # enabled: false<\n  - "6001:10.0.0.2:80">\n\n# c\n',
  ],
  ['keys behind', 'forwards:\n  - a\n\nversion: 1\n', 'forwards:\n  - a<\n  - "6001:10.0.0.2:80">\n\nversion: 1\n'],
  ['an end mark', 'forwards:\n  - a\n...\n', 'forwards:\n  - a<\n  - "6001:10.0.0.2:80">\n...\n'],
  [
    'text over lines',
    'forwards:\n  - comment: >-\n      b\n\n# c\n',
    'forwards:\n  - comment: >-\n      b<\n  - "6001:10.0.0.2:80">\n\n# c\n',
  ],
  ['a dash alone', 'forwards:\n  -\n    listen: 1\n', 'forwards:\n  -\n    listen: 1<\n  - "6001:10.0.0.2:80">\n'],
  ['an explicit key', '? forwards\n: - a\n  - b\n', '? forwards\n: - a\n  - b<\n  - "6001:10.0.0.2:80">\n'],
  ['a byte order mark', '\ufeffforwards:\n  - a\n', '\ufeffforwards:\n  - a<\n  - "6001:10.0.0.2:80">\n'],
  ['nothing behind the colon', 'forwards:\n', 'forwards:<\n  - "6001:10.0.0.2:80">\n'],
  ['nothing, and a comment', 'forwards: # b\n# c\n', 'forwards: # b<\n  - "6001:10.0.0.2:80">\n# c\n'],
  ['empty brackets, kept', 'forwards:\n  []\n', 'forwards:\n  [<"6001:10.0.0.2:80">]\n'],
  ['a flow', 'forwards: [ a, b ] # c\n', 'forwards: [ a, b<, "6001:10.0.0.2:80"> ] # c\n'],
  ['a flow with a comma too many', 'forwards: [a,]\n', 'forwards: [a<, "6001:10.0.0.2:80">,]\n'],
  [
    'a flow over lines',
    'forwards: [\n  a, # b\n  c # d\n]\n',
    'forwards: [\n  a, # b\n  c<,> # d<\n  "6001:10.0.0.2:80">\n]\n',
  ],
  [
    'a flow over lines with a comma too many',
    'forwards: [\n  a, # b\n]\n',
    'forwards: [\n  a, # b<\n  "6001:10.0.0.2:80",>\n]\n',
  ],
  ['a flow, half over lines', 'forwards: [a,\n  b]\n', 'forwards: [a,\n  b<, "6001:10.0.0.2:80">]\n'],
  ['JSON', '{"forwards":["a"]}', '{"forwards":["a"<, "6001:10.0.0.2:80">]}'],
  ['JSON without forwards', '{"forwards": []}\n', '{"forwards": [<"6001:10.0.0.2:80">]}\n'],
  [
    'JSON over lines',
    '{\n\t"forwards": [\n\t\t"a"\n\t]\n}\n',
    '{\n\t"forwards": [\n\t\t"a"<,\n\t\t"6001:10.0.0.2:80">\n\t]\n}\n',
  ],
])('%s', (_, before, marked) => {
  expect(added(before, NEW)).toBe(marked.replaceAll(/[<>](?!-)/g, ''));
  if (before !== undefined) expect(marked.replaceAll(/<[^>]*>(?!-)/g, '')).toBe(before);
});

test('empty brackets become a block, and the comment behind them stays', () => {
  expect(added(`${HEAD}forwards: [] # none yet\n# b\n`, NEW)).toBe(`${HEAD}forwards: # none yet\n  - "${NEW}"\n# b\n`);
});

test.each([
  ['forwards:\n- a\n', 'forwards:\n- a\n- name: web\n  listen: 6001\n  target: 10.0.0.2:80\n'],
  ['forwards:\r\n  - a', 'forwards:\r\n  - a\r\n  - name: web\r\n    listen: 6001\r\n    target: 10.0.0.2:80'],
  ['forwards: [a]\n', 'forwards: [a, { name: "web", listen: 6001, target: "10.0.0.2:80" }]\n'],
  ['{"forwards": []}', '{"forwards": [{"name": "web", "listen": 6001, "target": "10.0.0.2:80"}]}'],
])('in full, in %j', (before, after) => {
  expect(added(before, IN_FULL)).toBe(after);
});

test('text that YAML could read as something else is quoted', () => {
  const listen = ['*:6000', '[::]:443', '203.0.113.1:53', '27000-27100', 80];
  const more = { target: '10.0.0.7:28000-28100', from: ['192.0.2.0/24', '2001:db8::/32'], interface: 'no' };
  expect(added('forwards:\n- a\n', { ...more, listen, comment: 'for "him": # and \\ her' })).toBe(`forwards:
- a
- target: 10.0.0.7:28000-28100
  from: [192.0.2.0/24, "2001:db8::/32"]
  interface: "no"
  listen: ["*:6000", "[::]:443", 203.0.113.1:53, 27000-27100, 80]
  comment: "for \\"him\\": # and \\\\ her"
`);
});

test.each([
  ['forwards: [*a]\n', 'file/alias'],
  ['forwards: [\n', 'file/syntax'],
  ['version: 1\n', 'file/layout'],
  ['forwards: null\n', 'file/layout'],
  ['forwards: no\n', 'file/layout'],
  ['- a\n', 'file/layout'],
  ['a', 'file/layout'],
  ['{"forwards": null}', 'file/layout'],
  ['\u0000', 'file/encoding'],
])('%j is left alone', (before, code) => {
  expect(added(before, NEW)).toBe(code);
});

test('what would be too large is left alone', () => {
  expect(added(`forwards:\n- a\n#${' '.repeat(MAX_BYTES - 16)}`, NEW)).toBe('file/too-large');
  expect(added(`forwards:\n- a\n${'#\n'.repeat(1_300_000)}`, NEW)).toBe('file/too-large');
});
