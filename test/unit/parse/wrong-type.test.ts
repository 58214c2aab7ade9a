import { expect, test } from 'vitest';
import { fileOf, parseFindings } from '../../support/model.ts';

test.each<[string, string[]]>([
  ['', ['1:1  model/type']],
  ['# nothing\n', ['1:1  model/type']],
  ['---\n', ['1:4  model/type']],
  ['~\n', ['1:1  model/type']],
  ['[]\n', ['1:1  model/type']],
  ['version\n', ['1:1  model/type']],
  ['80\n', ['1:1  model/type']],
  ['{}\n', ['1:1  model/missing-key', '1:1  model/missing-key']],
  ['forwards: []\n', ['1:1  model/missing-key']],
  ['version: 1\n', ['1:1  model/missing-key']],
  ['version: 2\nforwards: []\n', ['1:10 version model/value']],
  ['version: "1"\nforwards: []\n', ['1:10 version model/value']],
  ['version: 1.0\nforwards: []\n', ['1:10 version file/number']],
  ['version:\nforwards: []\n', ['1:9 version model/value']],
  ['version: 1\nforwards:\n', ['2:10 forwards model/type']],
  ['version: 1\nforwards: {a: 80:10.0.0.2}\n', ['2:11 forwards model/type']],
  ['version: 1\nforwards: 80:10.0.0.2\n', ['2:11 forwards model/type']],
  ['version: 1\nforwarding: yes\nforwards: []\n', ['2:13 forwarding model/value']],
  ['version: 1\nforwarding: 1\nforwards: []\n', ['2:13 forwarding model/value']],
  ['version: 1\npriority: -200\nforwards: []\n', ['2:11 priority model/value']],
  ['version: 1\npriority: 401\nforwards: []\n', ['2:11 priority model/value']],
  ['version: 1\npriority: 1.5\nforwards: []\n', ['2:11 priority model/type']],
  ['version: 1\npriority: dstnat\nforwards: []\n', ['2:11 priority model/type']],
  ['version: 1\npriority: 0x10\nforwards: []\n', ['2:11 priority file/number']],
])('the file %j', (text, expected) => {
  expect(parseFindings(text)).toEqual(expected);
});

test.each(['6000', '~', 'true', '[80, 10.0.0.2]', '1.5'])('%s is not a forward', (item) => {
  expect(parseFindings(fileOf(item))).toEqual(['3:3 forwards[0] model/type']);
});

const GOOD = 'listen: 80, target: 10.0.0.2, ';

test.each([
  ['name: 3', 'name model/type'],
  ['name: 03', 'name model/type'],
  ['name: [a]', 'name model/type'],
  ['protocol: 6', 'protocol model/type'],
  ['protocol: icmp', 'protocol model/value'],
  ['protocol: []', 'protocol model/value'],
  ['protocol: {}', 'protocol model/type'],
  ['interface: 9', 'interface model/type'],
  ['interface: []', 'interface model/value'],
  ['wildcard: "yes"', 'wildcard model/type'],
  ['masquerade: maybe', 'masquerade model/value'],
  ['masquerade: true', 'masquerade model/value'],
  ['loopback: 1', 'loopback model/type'],
  ['enabled: no', 'enabled model/type'],
  ['enabled: ~', 'enabled model/type'],
  ['comment: 7', 'comment model/type'],
  ['comment: 1.0', 'comment model/type'],
  ['comment: "\\e[31mred"', 'comment forward/comment'],
  ['comment: "two\\nlines"', 'comment forward/comment'],
  ['comment: "\\ud800"', 'comment forward/comment'],
  ['comment: "\\u2028"', 'comment forward/comment'],
  [`comment: ${'a'.repeat(201)}`, 'comment forward/comment'],
])('%s', (key, expected) => {
  const column = 4 + GOOD.length + key.indexOf(':') + 2;
  expect(parseFindings(fileOf(`{${GOOD}${key}}`))).toEqual([`3:${column} forwards[0].${expected}`]);
});

test.each([
  ['{listen: ~, target: 10.0.0.2}', ['3:12 forwards[0].listen model/type']],
  ['{listen: true, target: 10.0.0.2}', ['3:12 forwards[0].listen model/type']],
  ['{listen: {port: 80}, target: 10.0.0.2}', ['3:12 forwards[0].listen model/type']],
  ['{listen: [], target: 10.0.0.2}', ['3:12 forwards[0].listen model/value']],
  [
    '{listen: [80, ~, [81]], target: 10.0.0.2}',
    ['3:17 forwards[0].listen[1] model/type', '3:20 forwards[0].listen[2] model/value'],
  ],
  ['{listen: [80, 0], target: 10.0.0.2}', ['3:17 forwards[0].listen[1] listen/port']],
  ['{listen: 80, target: 5}', ['3:24 forwards[0].target model/type']],
  ['{listen: 80, target: 10.0}', ['3:24 forwards[0].target model/type']],
  ['{listen: 80, target: [10.0.0.2]}', ['3:24 forwards[0].target model/type']],
  ['{listen: 80}', ['3:3 forwards[0] model/missing-key']],
  ['{target: 10.0.0.2}', ['3:3 forwards[0] model/missing-key']],
  ['{}', ['3:3 forwards[0] model/missing-key', '3:3 forwards[0] model/missing-key']],
  [
    '80 : 10.0.0.2',
    ['3:3 forwards[0] model/missing-key', '3:3 forwards[0] model/missing-key', '3:3 forwards[0].80 model/unknown-key'],
  ],
])('%s', (item, expected) => {
  expect(parseFindings(fileOf(item))).toEqual(expected);
});
