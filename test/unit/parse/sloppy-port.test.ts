import { expect, test } from 'vitest';
import { fileOf, parseFindings, parseText } from '../../support/model.ts';

const remediesOf = (text: string): string[] => parseText(text).findings.map(({ remedy }) => remedy);

const ANY = 'write a whole number from 1 to 65535, or a range such as 27000-27100';

test.each([
  ['022', 'file/number', 'write 22'],
  ['0x50', 'file/number', 'write 80'],
  ['0o17', 'file/number', 'write 15'],
  ['1e2', 'file/number', 'write 100'],
  ['80.0', 'file/number', 'write 80'],
  ['+80', 'file/number', 'write 80'],
  [
    '.inf',
    'model/type',
    'write a port such as 6000, a range, an address or an interface with a port, or a list of these',
  ],
  ['12345678901234567890', 'listen/port', ANY],
  ['65536.0', 'listen/port', ANY],
  ['0', 'listen/port', ANY],
  ['65536', 'listen/port', ANY],
  ['-1', 'listen/port', ANY],
  ['1.5', 'listen/port', ANY],
  ['1_000', 'listen/port', ANY],
  ['"022"', 'listen/port', 'write 22'],
  ['"0x50"', 'listen/port', ANY],
  ['"1e2"', 'listen/port', ANY],
  ['"+80"', 'listen/port', ANY],
  ['" 80"', 'listen/port', 'write 80'],
  ['"80 "', 'listen/port', 'write 80'],
  ['"8０"', 'listen/port', ANY],
  ['""', 'listen/port', ANY],
  ['"*"', 'listen/port', 'add one, such as "*:6000"'],
  ['1.2.3.4', 'listen/port', 'add one, such as "1.2.3.4:6000", or "1.2.3.4:1-65535" for all'],
  ['0.0.0.0', 'listen/port', 'add one, such as "0.0.0.0:6000", or "0.0.0.0:1-65535" for all'],
  ['"[::]"', 'listen/port', 'add one, such as "[::]:6000", or "[::]:1-65535" for all'],
  ['"[2001:db8::1]:"', 'listen/port', 'add one, such as "[2001:db8::1]:6000", or "[2001:db8::1]:1-65535" for all'],
  ['1.2.3', 'listen/port', ANY],
  ['http', 'listen/port', ANY],
  ['"80-"', 'listen/port', ANY],
  ['"-80"', 'listen/port', ANY],
  ['80-90-100', 'listen/port', ANY],
  ['80-65536', 'listen/port', ANY],
  ['70000-80', 'listen/port', ANY],
  ['0-80', 'listen/port', ANY],
  ['080-090', 'listen/port', ANY],
  ['80 - 90', 'listen/port', 'write 80-90'],
  ['90-80', 'listen/port', 'write 80-90'],
  ['80-80', 'listen/port', 'write 80'],
  ['"10.0.0.1:080"', 'listen/port', 'write 80'],
  ['"10.0.0.1:"', 'listen/port', 'add one, such as "10.0.0.1:6000", or "10.0.0.1:1-65535" for all'],
  ['"*:0"', 'listen/port', ANY],
  ['"[::]:65536"', 'listen/port', ANY],
])('listen: %s', (listen, code, remedy) => {
  const text = fileOf(`{listen: ${listen}, target: 10.0.0.2}`);
  expect(parseFindings(text)).toEqual([`3:12 forwards[0].listen ${code}`]);
  expect(remediesOf(text)).toEqual([remedy]);
});

test.each([
  '10.0.0.2:0',
  '10.0.0.2:022',
  '10.0.0.2:65536',
  '10.0.0.2:90-80',
  '"10.0.0.2:"',
  '"10.0.0.2: 80"',
  '"[2001:db8::1]:0x50"',
])('target: %s', (target) => {
  expect(parseFindings(fileOf(`{listen: 80, target: ${target}}`))).toEqual(['3:24 forwards[0].target target/port']);
});

test('in shorthand the finding names the half that is wrong', () => {
  expect(parseFindings(fileOf('022:10.0.0.2:80', '80:10.0.0.2:080', '0:10.0.0.2:65536'))).toEqual([
    '3:3 forwards[0].listen listen/port',
    '4:3 forwards[1].target target/port',
    '5:3 forwards[2].listen listen/port',
    '5:3 forwards[2].target target/port',
  ]);
});
