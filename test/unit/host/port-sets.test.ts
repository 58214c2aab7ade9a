import { expect, test } from 'vitest';
import { withPortSets } from '../../../src/host/observe/port-sets.ts';
import { field, match } from '../../support/nft-json.ts';

const dport = field('tcp', 'dport');
const saddr = field('ip', 'saddr');
const rule = (...expr: readonly unknown[]) => [{ chain: 'base', expr }];

async function read(rules: ReturnType<typeof rule>, elements: readonly unknown[] | undefined) {
  const asked: string[] = [];
  const result = await withPortSets(rules, async (kind, name) => {
    asked.push(`${kind} ${name}`);
    return elements;
  });
  return { asked, result };
}

test('a set and a map of ports are read, once each, and put in place', async () => {
  const rules = [
    ...rule(match(dport, '@ok'), { dnat: { addr: { map: { key: dport, data: '@to' } } } }),
    ...rule(match(dport, '@ok'), { vmap: { key: dport, data: '@to' } }),
  ];
  const { asked, result } = await read(rules, [80, { range: [90, 99] }]);
  const set = { set: [80, { range: [90, 99] }] };
  expect(asked).toEqual(['set ok', 'map to']);
  expect(result).toEqual([
    ...rule(match(dport, set), { dnat: { addr: { map: { key: dport, data: set } } } }),
    ...rule(match(dport, set), { vmap: { key: dport, data: set } }),
  ]);
});

test('a set keeps its name if it has other elements than ports, cannot be read, or is huge', async () => {
  const addresses = rule(match(saddr, '@friends'), { accept: null });
  expect(await read(addresses, [1])).toEqual({ asked: [], result: addresses });
  const ports = rule(match(dport, '@ok'));
  expect((await read(ports, undefined)).result).toEqual(ports);
  expect(
    (
      await read(
        ports,
        Array.from({ length: 3000 }, (_, port) => port),
      )
    ).result,
  ).toEqual(ports);
});
