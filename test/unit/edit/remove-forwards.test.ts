import { expect, test } from 'vitest';
import { removed } from '../../support/edit.ts';

/** `<` and `>` stand around what goes. */
test.each([
  ['of three, the first', 'forwards:\n<  - a\n>  - b\n  - c\n', [0]],
  ['the middle', 'forwards:\n  - a\n<  - b\n>  - c\n', [1]],
  ['the last', 'forwards:\n  - a\n  - b\n<  - c\n>', [2]],
  ['two of them', 'forwards:\n<  - a\n>  - b\n<  - c\n>', [0, 2]],
  ['no final newline', 'forwards:\n  - a\n<  - b>', [1]],
  ['CRLF', 'forwards:\r\n  - a\r\n<  - b\r\n>  - c\r\n', [1]],
  ['with the comment above it', 'forwards:\n  - a # 0\n<  # 1\n# 2\n  - b # 3\n>  # 4\n  - c\n', [1]],
  ['without one that stands apart', 'forwards:\n  - a\n  # 1\n\n<  - b\n>\n  - c\n', [1]],
  ['the first, with its comment', 'forwards: # 0\n<  # 1\n  - a\n>  # 2\n  - b\n', [0]],
  [
    'an indented line belongs to the line above it',
    'forwards:\n  - listen: 1\n    target: a\n    # loopback: true\n<  - listen: 2\n    target: b\n\n    # name: b\n>\n  - c\n',
    [1],
  ],
  ['the last, with keys behind', 'forwards:\n- a\n<- b\n>version: 1\n', [1]],
  ['text over lines', 'forwards:\n<  - comment: >-\n      b\n>\n  - c\n', [0]],
  ['a dash alone', 'forwards:\n<  -\n    # 1\n    listen: 1\n>  - b\n', [0]],
  ['a flow, the first', 'forwards: [<a, >b, c] # 1\n', [0]],
  ['a flow, the middle', 'forwards: [a, <b, >c]\n', [1]],
  ['a flow, two', 'forwards: [<a, ><b, >c]\n', [0, 1]],
  ['a flow, the last', 'forwards: [ a<,>< b> ]\n', [1]],
  ['a flow, the last two', 'forwards: [a<,>< b,>< c>]\n', [1, 2]],
  ['a flow, all', 'forwards: [< a,>< b> ]\n', [0, 1]],
  ['a flow with a comma too many', 'forwards: [a,< b,>]\n', [1]],
  ['a flow over lines', 'forwards: [\n<  # 1\n  a, # 2\n>  # 3\n  b # 4\n]\n', [0]],
  ['a flow over lines, the last', 'forwards: [\n  a<,> # 2\n<  # 3\n  b # 4\n>]\n', [1]],
  ['a flow, half over lines', 'forwards: [< a, # 1>\n  b, c ]\n', [0]],
  ['a flow, at the end of a line', 'forwards: [ a,< b, # 1>\n  c ]\n', [1]],
  ['JSON', '{"forwards":["a"<,><{"b": 1}>]}', [1]],
  ['JSON over lines', '{\n  "forwards": [\n    "a"<,>\n<    {\n      "b": 1\n    }\n>  ]\n}\n', [1]],
  ['JSON over lines, the first', '{\n  "forwards": [\n<    "a",\n>    "b"\n  ]\n}\n', [0]],
])('%s', (_, marked, indexes) => {
  const before = marked.replaceAll(/<|>(?!-)/g, '');
  expect(removed(before, ...indexes)).toBe(marked.replaceAll(/<[^]*?>(?!-)/g, ''));
});

test.each([
  ['forwards:\n  - a\n', 'forwards: []\n'],
  ['forwards: # 1\n  # 2\n  - a # 3\n\n  # 4\nversion: 1', 'forwards: [] # 1\n\n  # 4\nversion: 1'],
  ['forwards:\r\n- a', 'forwards: []\r\n'],
])('all of %j', (before, after) => {
  expect(removed(before, 0)).toBe(after);
});

test.each([
  ['? forwards\n: - a\n  - b\n', 'file/layout'],
  ['forwards:\n- &x a\n- b\n', 'file/anchor'],
])('%j is left alone', (before, code) => {
  expect(removed(before, 0)).toBe(code);
});
