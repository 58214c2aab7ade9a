import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { admits } from '../../../src/model/admits.ts';
import { clientsExcept, clientsOfRange } from '../../../src/parse/spelling/clients.ts';
import { fileOf, forwardsOf, parseText } from '../../support/model.ts';

const item = (from: string): string => `{listen: 80, target: 10.0.0.2, from: ${from}}`;
const addressOf = (number: number): string =>
  [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.');

test('a range is exactly its addresses', () => {
  const number = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 2 ** 24, max: 2 ** 24 + 600 }));
  fc.assert(
    fc.property(number, number, number, (one, other, any) => {
      const [low, high] = one < other ? [one, other] : [other, one];
      fc.pre(low < high);
      const clients = clientsOfRange(`${addressOf(low)}-${addressOf(high)}`) ?? [];
      for (const probe of [low - 1, low, high, high + 1, any].filter((at) => at >= 0 && at < 2 ** 32))
        expect({ probe, inside: admits(clients, addressOf(probe)) }).toEqual({
          probe,
          inside: probe >= low && probe <= high,
        });
    }),
  );
});

describe('an exclusion is never turned into a permission', () => {
  test.each(['"!10.0.0.0/8"', '!10.0.0.0/8', '"! 10.0.0.0/8"'])('from: %s names all other clients', (from) => {
    const { model, findings } = parseText(fileOf(item(from)));
    const remedies = findings.map(({ remedy }) => remedy).join('\n');
    const [, list = ''] = /from: (\[.*?\])/.exec(remedies) ?? [];
    expect(model?.forwards).toEqual([]);
    expect(remedies).not.toMatch(/remove/);
    const clients = forwardsOf(item(list))[0]?.from ?? [];
    expect(['9.255.255.255', '11.0.0.0', '192.0.2.1'].every((one) => admits(clients, one))).toBe(true);
    expect(['10.0.0.0', '10.255.255.255'].some((one) => admits(clients, one))).toBe(false);
  });

  test.each(['! 10.0.0.0/8', '"!office"', '!!str 10.0.0.0/8', '[!10.0.0.0/8, 10.1.0.1]'])('from: %s', (from) => {
    const { findings } = parseText(fileOf(item(from)));
    expect(findings[0]?.remedy).toMatch(/^list the clients that are allowed; from cannot exclude clients/);
  });

  test('for IPv6 too', () => {
    expect(clientsExcept('8000::/2')).toEqual(['::/1', 'c000::/2']);
  });
});

test.each(['any', 'all', '"*"', '0.0.0.0/0', '127.0.0.1', '[10.0.0.0/8, 0.0.0.0/0]'])(
  'from: %s is refused, and no message says to remove it',
  (from) => {
    const { findings } = parseText(fileOf(item(from)));
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.map(({ remedy }) => remedy).join('\n')).not.toMatch(/^remove (?:it|the key)/m);
  },
);
