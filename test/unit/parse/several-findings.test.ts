import { expect, test } from 'vitest';
import { parseFindings, parseText } from '../../support/model.ts';

test('all that is wrong in a file is told at once, in its order', () => {
  const text = `version: 2
forwarding: yes
forwards:
  - listen: 0
    target: localhost
    name: 1a
    foo: 1
  - 10.0.0.1
  - 80:10.0.0.2:80
  - listen: 80
    listen: 81
  - *x
  - listen: [022, 90-80]
    target: 10.0.0.2
    interface: ["@x", eth*]
    masquerade: perhaps
__proto__: 1
`;
  expect(parseFindings(text)).toEqual([
    '1:10 version model/value',
    '2:13 forwarding model/value',
    '4:13 forwards[0].listen listen/port',
    '5:13 forwards[0].target target/address',
    '6:11 forwards[0].name forward/name',
    '7:5 forwards[0].foo model/unknown-key',
    '8:5 forwards[1] forward/shorthand',
    '10:5 forwards[3] model/missing-key',
    '11:5 forwards[3].listen file/duplicate-key',
    '12:5 forwards[4] file/alias',
    '13:14 forwards[5].listen[0] file/number',
    '13:19 forwards[5].listen[1] listen/port',
    '15:17 forwards[5].interface[0] forward/interface',
    '15:23 forwards[5].interface[1] forward/interface',
    '16:17 forwards[5].masquerade model/value',
    '17:1 __proto__ model/unknown-key',
  ]);
});

test('the forwards that can be read are there for the cross-checks, the others are not', () => {
  const { model, findings } = parseText('version: 1\nforwards: [80:10.0.0.2, 0:10.0.0.2, 81:10.0.0.2]\n');
  expect(model?.forwards.map(({ path }) => path[1])).toEqual([0, 2]);
  expect(findings).toHaveLength(1);
});

test('a second document may hold forwards, so the remedy does not just remove it', () => {
  const { findings } = parseText('- 80:10.0.0.2\n---\n- 81:10.0.0.2\n');
  expect(findings[0]?.remedy).toMatch(/move forwards that you need into the list above, then delete the rest$/);
});

test('a syntax error and a second document are told together', () => {
  expect(parseFindings('a: [\n---\nb: 1\n')).toEqual(['2:1  file/syntax', '2:1  file/syntax']);
});
