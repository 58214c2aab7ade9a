import { expect, test } from 'vitest';
import { set } from '../../support/edit.ts';

const WEB = `forwards:
  # the shop
  - name: web # 1
    # 2
    listen: 8080 # 3

    target: "10.0.0.2:80" # 4
    # 5
  # 6
  - "6000:10.0.0.3:5000" # 7
# 8
`;

test.each([
  ['a value', 'target', '10.0.0.9:81', WEB.replace('"10.0.0.2:80"', '10.0.0.9:81')],
  ['a list', 'listen', [80, '[::]:443'], WEB.replace('8080', '[80, "[::]:443"]')],
  ['the first key', 'name', 'shop', WEB.replace('web', 'shop')],
  ['a new key', 'enabled', false, WEB.replace('# 4\n', '# 4\n    enabled: false\n')],
  ['no such key', 'comment', undefined, WEB],
  ['without a key', 'listen', undefined, WEB.replace('    listen: 8080 # 3\n', '')],
  ['without the last key', 'target', undefined, WEB.replace('    target: "10.0.0.2:80" # 4\n', '')],
  ['without the first key', 'name', undefined, WEB.replace('name: web # 1\n    # 2', '# 2')],
] as const)('%s', (_, key, value, after) => {
  expect(set(WEB, 0, [key, value])).toBe(after);
});

test('several at once', () => {
  expect(set(WEB, 0, ['target', undefined], ['from', '192.0.2.0/24'], ['listen', 80], ['comment', 'a: b'])).toBe(
    WEB.replace('8080 # 3\n', '80 # 3\n    from: 192.0.2.0/24\n    comment: "a: b"\n').replace(
      '    target: "10.0.0.2:80" # 4\n',
      '',
    ),
  );
});

test('shorthand is written in full, and the comment beside it stays', () => {
  expect(set(WEB, 1, ['name', 'app'], ['target', '10.0.0.4:5000'])).toBe(
    WEB.replace('"6000:10.0.0.3:5000" # 7\n', 'name: app # 7\n    listen: 6000\n    target: 10.0.0.4:5000\n'),
  );
});

test.each([
  ['forwards:\n- 53:10.0.0.3/udp', 'forwards:\n- protocol: udp\n  listen: 53\n  target: 10.0.0.3\n  comment: x'],
  [
    'forwards:\r\n  -\r\n    "[::]:443:[2001:db8::10]"\r\n',
    'forwards:\r\n  -\r\n    listen: "[::]:443"\r\n    target: "[2001:db8::10]"\r\n    comment: x\r\n',
  ],
  ['forwards: ["1:10.0.0.3", b]\n', 'forwards: [{ listen: 1, target: "10.0.0.3", comment: "x" }, b]\n'],
  ['{"forwards":["1:10.0.0.3"]}', '{"forwards":[{"listen": 1, "target": "10.0.0.3", "comment": "x"}]}'],
])('the shorthand in %j', (before, after) => {
  expect(set(before, 0, ['comment', 'x'])).toBe(after);
});

test.each([
  ['forwards: [{listen: 1}]', 'target', 'a', 'forwards: [{listen: 1, target: "a"}]'],
  ['forwards: [{listen: 1, target: a}]', 'listen', [1, 2], 'forwards: [{listen: [1, 2], target: a}]'],
  ['forwards: [{listen: 1, target: a}]', 'listen', undefined, 'forwards: [{target: a}]'],
  ['forwards: [{listen: 1, target: a}]', 'target', undefined, 'forwards: [{listen: 1}]'],
  ['{"forwards": [{"listen": 1}]}', 'target', 'a', '{"forwards": [{"listen": 1, "target": "a"}]}'],
  [
    '{"forwards": [{\n  "listen": 1,\n  "target": "a"\n}]}',
    'name',
    'b',
    '{"forwards": [{\n  "listen": 1,\n  "target": "a",\n  "name": "b"\n}]}',
  ],
  ['{"forwards": [{\n  "listen": 1,\n  "target": "a"\n}]}', 'target', undefined, '{"forwards": [{\n  "listen": 1\n}]}'],
] as const)('in the flow %j, %s', (before, key, value, after) => {
  expect(set(before, 0, [key, value])).toBe(after);
});

test.each([
  [
    'a list over lines',
    'forwards:\n- listen: # 1\n    # 2\n    - 80 # 3\n    - 81 # 4\n    # 5\n  target: a\n',
    'forwards:\n- listen: 1 # 1\n    # 2\n    # 5\n  target: a\n',
  ],
  ['a list at the end', 'forwards:\n- target: a\n  listen:\n  - 80\n  - 81', 'forwards:\n- target: a\n  listen: 1\n'],
  ['text over lines', 'forwards:\n- listen: >-\n    80\n\n  target: a\n', 'forwards:\n- listen: 1\n\n  target: a\n'],
  ['a value below', 'forwards:\n- listen:\n    80\n  target: a\n', 'forwards:\n- listen:\n    1\n  target: a\n'],
  ['a key in quotes', 'forwards:\n- "listen" : 80 # 1\n', 'forwards:\n- "listen" : 1 # 1\n'],
  ['an explicit key', 'forwards:\n- ? listen\n  : 80\n', 'forwards:\n- ? listen\n  : 1\n'],
])('%s', (_, before, after) => {
  expect(set(before, 0, ['listen', 1])).toBe(after);
});

test.each([
  ['forwards:\n- >-\n  1:10.0.0.3\n', 0],
  ['forwards:\n- listen: 1\n', 1],
  ['forwards:\n- a\n', 0],
])('%j is left alone', (before, index) => {
  expect(set(before, index, ['name', 'x'])).toBe('file/layout');
});

const LISTENS = 'forwards:\n- listen: # 1\n  # 2\n  - "80" # 3\n  # 4\n  - 81 # 5\n  - 82\n  target: a # 6\n';

test.each([
  ['one goes', [80, 82], LISTENS.replace('  # 4\n  - 81 # 5\n', '')],
  ['the last goes', [80, 81], LISTENS.replace('  - 82\n', '')],
  ['one stays', 81, LISTENS.replace('  # 2\n  - "80" # 3\n', '').replace('  - 82\n', '')],
  ['one comes', [80, 81, 82, '*:83'], LISTENS.replace('82\n', '82\n  - "*:83"\n')],
  ['the last becomes another', [80, 81, 83], LISTENS.replace('82', '83')],
  ['nothing changes', ['80', '81', 82], LISTENS],
  ['another order', [81, 80], 'forwards:\n- listen: [81, 80] # 1\n  # 2\n  target: a # 6\n'],
] as const)('of a list over lines %s, and what stays keeps its comments', (_, listen, after) => {
  expect(set(LISTENS, 0, ['listen', listen])).toBe(after);
});
