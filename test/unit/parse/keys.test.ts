import { expect, test } from 'vitest';
import { parseFindings, parseText } from '../../support/model.ts';

const FORWARD = '- listen: 80\n  target: 10.0.0.2\n';
const HEAD = 'version: 1\nforwards:\n';

test.each([
  ['versoin: 1\nversion: 1\nforwards: []\n', '1:1 versoin', 'write version'],
  ['version: 1\nforward: []\nforwards: []\n', '2:1 forward', 'write forwards'],
  [`${HEAD}${FORWARD}  Name: web\n`, '5:3 forwards[0].Name', 'write name'],
  [`${HEAD}${FORWARD}  protocols: tcp\n`, '5:3 forwards[0].protocols', 'write protocol'],
  [`${HEAD}${FORWARD}  comnent: x\n`, '5:3 forwards[0].comnent', 'write comment'],
  [`${HEAD}${FORWARD}  inteface: x\n`, '5:3 forwards[0].inteface', 'write interface'],
  [`${HEAD}${FORWARD}  looopback: true\n`, '5:3 forwards[0].looopback', 'write loopback'],
  [`${HEAD}${FORWARD}  nmae: x\n`, '5:3 forwards[0].nmae', 'write name'],
  [`${HEAD}${FORWARD}  port: 80\n`, '5:3 forwards[0].port', /^remove it; the keys are name, protocol/],
  [`${HEAD}${FORWARD}  "a b": 80\n`, '5:3 forwards[0]["a b"]', /^remove it/],
  [`${HEAD}${FORWARD}  1: 80\n`, '5:3 forwards[0].1', /^remove it/],
  [`${HEAD}${FORWARD}  ~: 80\n`, '5:3 forwards[0].null', /^remove it/],
  [`${HEAD}${FORWARD}  ? [a, b]\n  : 80\n`, '5:5 forwards[0]["[a, b]"]', /^remove it/],
  [`${HEAD}${FORWARD}  ? {a: b}\n  : 80\n`, '5:5 forwards[0]["{a: b}"]', /^remove it/],
  [`${HEAD}${FORWARD}  "\\e[31m": 80\n`, '5:3 forwards[0]["\\u001b[31m"]', /^remove it/],
  [`${HEAD}${FORWARD}  "\\ud800": 80\n`, '5:3 forwards[0]["\\ud800"]', /^remove it/],
])('an unknown key in %j', (text, place, remedy) => {
  expect(parseFindings(text)).toEqual([`${place} model/unknown-key`]);
  expect(parseText(text).findings[0]?.remedy).toMatch(remedy);
});

test.each([
  [`version: 1\n${HEAD}${FORWARD}`, ['2:1 version file/duplicate-key']],
  [`${HEAD}${FORWARD}forwards: []\n`, ['5:1 forwards file/duplicate-key']],
  [`${HEAD}${FORWARD}  listen: 81\n`, ['5:3 forwards[0].listen file/duplicate-key']],
  [`${HEAD}${FORWARD}  "listen": 81\n`, ['5:3 forwards[0].listen file/duplicate-key']],
  [`{"version": 1, "forwards": [], "version": 1}`, ['1:32 version file/duplicate-key']],
  [
    `${HEAD}- listen: 0\n  target: 10.0.0.2\n  listen: 81\n`,
    ['3:11 forwards[0].listen listen/port', '5:3 forwards[0].listen file/duplicate-key'],
  ],
])('a duplicate key in %j', (text, expected) => {
  expect(parseFindings(text)).toEqual(expected);
});

test.each(['__proto__', 'constructor', 'prototype'])(
  '%s is a key like any other that is unknown, on every level',
  (key) => {
    expect(parseFindings(`${key}: {listen: 1}\n${HEAD}${FORWARD}  ${key}: {${key}: {enabled: false}}\n`)).toEqual([
      `1:1 ${key} model/unknown-key`,
      `6:3 forwards[0].${key} model/unknown-key`,
      `6:${key.length + 6} forwards[0].${key}.${key} model/unknown-key`,
    ]);
    expect(parseFindings(`{"${key}": {"version": 1, "forwards": []}}`)).toEqual([
      '1:1  model/missing-key',
      '1:1  model/missing-key',
      `1:2 ${key} model/unknown-key`,
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
);

test('what __proto__ holds is never taken for a key of the forward', () => {
  expect(parseFindings(`${HEAD}- listen: 80\n  __proto__: {target: 10.0.0.2}\n`)).toEqual([
    '3:3 forwards[0] model/missing-key',
    '4:3 forwards[0].__proto__ model/unknown-key',
  ]);
});
