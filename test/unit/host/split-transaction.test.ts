import { expect, test } from 'vitest';
import { splitTransaction } from '../../../src/host/nft/split-transaction.ts';

const at = { family: 'inet', table: 'portfwd' };
const map = (name: string, size: number) => ({
  add: { map: { ...at, name, type: 'inet_service', map: 'ipv4_addr', elem: numbers(size).map(element) } },
});
const numbers = (size: number): number[] => Array.from({ length: size }, (_, index) => index);
const element = (port: number): unknown[] => [port, '10.0.0.2'];
const documentOf = (...nftables: object[]): string => JSON.stringify({ nftables });

type Command = Record<string, Record<string, { name?: string; elem?: unknown[] }>>;
const commandsOf = (text: string): Command[] => (JSON.parse(text) as { nftables: Command[] }).nftables;

test('a short document stays as it is, to the letter', () => {
  const text = documentOf(map('pf_addr4', 100));
  expect(splitTransaction(text)).toEqual([text]);
});

test('of a long one the elements come after everything else, and all of them once', () => {
  const rule = { add: { rule: { ...at, chain: 'output', expr: [] } } };
  const parts = splitTransaction(documentOf(map('pf_addr4', 9000), map('pf_addr6', 1), rule));
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(140_000);
  const commands = parts.flatMap(commandsOf);
  expect(commands.slice(0, 3)).toEqual([
    { add: { map: { ...at, name: 'pf_addr4', type: 'inet_service', map: 'ipv4_addr' } } },
    { add: { map: { ...at, name: 'pf_addr6', type: 'inet_service', map: 'ipv4_addr' } } },
    rule,
  ]);
  const elements = commands.slice(3).map(({ add }) => add?.['element'] ?? {});
  expect(elements.filter(({ name }) => name === 'pf_addr4').flatMap(({ elem }) => elem)).toEqual(
    numbers(9000).map(element),
  );
  expect(elements.at(-1)).toEqual({ ...at, name: 'pf_addr6', elem: [element(0)] });
});
