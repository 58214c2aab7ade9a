import { expect, test } from 'vitest';
import type { Observations, Uplink } from '../../../src/diagnose/observations.ts';
import { hostBindingsOf } from '../../../src/diagnose/binding.ts';
import { restoresMarks } from '../../../src/diagnose/replies/restored-marks.ts';
import { diagnoseSecondUplink } from '../../../src/diagnose/replies/second-uplink.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const SIX = { family: 'ip6', router: 'fe80::1' } as const;
const found = (item: string, uplinks: readonly Uplink[], through: readonly string[], more: readonly string[] = []) => {
  const facts = { ...GATEWAY, onLink: more.map((name) => ({ prefix: '2001:db8:9::/64', interface: name })) };
  const target = item.includes('[') ? '2001:db8::9' : '10.0.0.9';
  const replies = { uplinks, routes: [{ target, interfaces: through }] };
  return diagnoseSecondUplink(hostBindingsOf(modelOf(fileOf(item)), facts), facts, {
    tables: [],
    replies,
  } as unknown as Observations).map(({ message }) => /come in through (\S+):/.exec(message)?.[1]);
};
const V4 = [
  { family: 'ip', interface: 'wan0', router: '192.0.2.254' },
  { family: 'ip', interface: 'wan1', router: '203.0.113.254' },
] as const;
const V6 = [
  { ...SIX, interface: 'wan0' },
  { ...SIX, interface: 'wan1' },
];

test.each([
  ['replies leave by the first', '"80:10.0.0.9"', V4, ['wan0'], ['wan1']],
  ['a multipath route: by either', '"80:10.0.0.9"', V4, ['wan0', 'wan1'], ['wan0', 'wan1']],
  ['no answer of the kernel', '"80:10.0.0.7"', V4, ['wan0'], []],
  ['the other family', '"[::]:80:[2001:db8::9]"', V4, ['wan0'], []],
  ['two links whose routers have one link-local address', '"[::]:80:[2001:db8::9]"', V6, ['wan0'], ['wan1']],
])('%s', (_, item, uplinks, through, expected) => {
  expect(found(item, uplinks, through)).toEqual(expected);
});

test('two interfaces on one link are one uplink', () => {
  expect(found('"[::]:80:[2001:db8::9]"', V6, ['wan0'], ['wan0', 'wan1'])).toEqual([]);
  const sameRouter = V4.map((uplink) => ({ ...uplink, router: '192.0.2.254' }));
  expect(found('"80:10.0.0.9"', sameRouter, ['wan0'])).toEqual([]);
});

test('a rule that sets the mark to nothing that is known does not copy it', () => {
  expect(restoresMarks(tablesSetting(undefined), 'prerouting')).toBe(false);
  expect(restoresMarks(tablesSetting({ ct: { key: 'mark' } }), 'prerouting')).toBe(true);
});

const tablesSetting = (value: unknown) =>
  [
    {
      kind: 'nft',
      chains: [{ name: 'p', type: 'filter', hook: 'prerouting' }],
      rules: [{ chain: 'p', expr: [{ mangle: { key: { meta: { key: 'mark' } }, value } }] }],
    },
  ] as unknown as Observations['tables'];
