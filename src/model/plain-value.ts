import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { formatPath, type Finding, type ModelPath } from '../finding/finding.ts';

/** Turns YAML nodes into plain data and reports what YAML allows and a model must not hold. */
export function toPlain(
  root: unknown,
  text: string,
): { readonly value: unknown; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];

  function plain(node: unknown, path: ModelPath): unknown {
    if (isAlias(node)) findings.push(alias(path, offsetOf(node)));
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) findings.push(alias(path, offsetOf(node)));
    if (isMap(node)) return plainMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => plain(item, [...path, index]));
    if (!isScalar(node)) return null;
    if (node.tag !== undefined) findings.push(tag(path, offsetOf(node), node.tag));
    if (typeof node.value === 'number' && node.source !== `${node.value}`) findings.push(number(path, node));
    return node.value;
  }

  function plainMap(map: YAMLMap, path: ModelPath): Record<string, unknown> {
    const result = Object.create(null) as Record<string, unknown>;
    const seen = new Set<string>();
    if (map.tag !== undefined) findings.push(tag(path, offsetOf(map), map.tag));
    for (const pair of map.items) {
      const key = keyOf(pair, text);
      const value = plain(pair.value, [...path, key]);
      if (seen.has(key)) findings.push(duplicateKey(path, key, offsetOf(pair.key)));
      else if (RESERVED.has(key)) findings.push(reservedKey(path, key, offsetOf(pair.key)));
      else result[key] = value;
      seen.add(key);
    }
    return result;
  }

  return { value: plain(root, []), findings };
}

/** Keys that mean something to the language the model is read in, and nothing to the model. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A key that is no scalar is taken as it is written, so that it can be named when it is refused. */
function keyOf({ key }: Pair, text: string): string {
  if (isScalar(key)) return String(key.value);
  const range = (key as { range?: [number, number, number] | null } | null)?.range;
  return range ? text.slice(range[0], Math.min(range[1], range[0] + 40)) : '';
}

const offsetOf = (node: unknown): number =>
  (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;

const alias = (path: ModelPath, offset: number): Finding => ({
  code: 'file/alias',
  message: 'anchors (`&`) and aliases (`*`) are not read',
  remedy: 'write the value out; any address of the host is "*:6000" in quotes, or just 6000',
  path,
  offset,
});

const tag = (path: ModelPath, offset: number, name: string): Finding => ({
  code: 'file/tag',
  message: `the tag ${name} is not read`,
  remedy: 'remove it',
  path,
  offset,
});

const number = (path: ModelPath, { source, value, range }: Scalar): Finding => ({
  code: 'file/number',
  message: `${source} is a number that can be read in more than one way`,
  remedy: Number.isInteger(value) ? `write ${String(value)}` : 'write a whole decimal number',
  path,
  offset: range?.[0] ?? 0,
});

const duplicateKey = (path: ModelPath, key: string, offset: number): Finding => ({
  code: 'file/duplicate-key',
  message: `the key ${key} stands twice in ${formatPath(path) || 'the file'}`,
  remedy: 'keep one of the two',
  path: [...path, key],
  offset,
});

const reservedKey = (path: ModelPath, key: string, offset: number): Finding => ({
  code: 'model/unknown-key',
  message: `the key ${key} is unknown`,
  remedy: 'remove it',
  path: [...path, key],
  offset,
});
