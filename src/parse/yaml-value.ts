import { isAlias, isMap, isNode, isScalar, isSeq, type Scalar, type YAMLMap } from 'yaml';
import { formatPath, type Finding, type ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { keyText } from './yaml-position.ts';

/** Turns YAML nodes into plain data and reports what YAML allows and a model must not hold. */
export function toPlain(
  root: unknown,
  text: string,
): { readonly value: unknown; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];

  function plain(node: unknown, path: ModelPath): unknown {
    checkProperties(node, path);
    if (isMap(node)) return plainMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => plainText(item) ?? plain(item, [...path, index]));
    if (!isScalar(node)) return null;
    // With a tag a scalar can be anything, even bytes: what is written is all that counts.
    if (node.tag !== undefined) return node.source ?? null;
    if (typeof node.value === 'number' && node.source !== `${node.value}`) findings.push(number(path, node));
    return node.value;
  }

  function checkProperties(node: unknown, path: ModelPath): void {
    if (!isNode(node)) return;
    if (isAlias(node)) findings.push(alias(path, offsetOf(node)));
    else if (node.anchor !== undefined) findings.push(anchor(path, propertyOffset('&', offsetOf(node), text)));
    if (node.tag !== undefined) findings.push(tag(path, propertyOffset('!', offsetOf(node), text), node.tag));
  }

  function plainMap(map: YAMLMap, path: ModelPath): Record<string, unknown> {
    const result = Object.create(null) as Record<string, unknown>;
    const seen = new Set<string>();
    for (const pair of map.items) {
      const key = keyText(pair, text);
      checkProperties(pair.key, [...path, key]);
      const value = plainText(pair.value) ?? plain(pair.value, [...path, key]);
      if (seen.has(key)) findings.push(duplicateKey(path, key, offsetOf(pair.key)));
      else if (RESERVED.has(key)) findings.push(reservedKey(path, key, offsetOf(pair.key)));
      else result[key] = value;
      seen.add(key);
    }
    return result;
  }

  return { value: plain(root, []), findings };
}

/** Nearly every node of a model: text with nothing about it that could be wrong here. Saves its path. */
const plainText = (node: unknown): string | undefined =>
  isScalar(node) && typeof node.value === 'string' && node.anchor === undefined && node.tag === undefined
    ? node.value
    : undefined;

/** Keys that mean something to the language the model is read in, and nothing to the model. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const offsetOf = (node: unknown): number =>
  (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;

/** A node begins behind its `&anchor` and `!tag`: the last word before it that begins with this sign. */
function propertyOffset(sign: '&' | '!', node: number, text: string): number {
  for (let at = text.lastIndexOf(sign, node - 1); at !== -1; at = text.lastIndexOf(sign, at - 1)) {
    while (at > 0 && !/[\s[\]{},]/.test(text[at - 1] ?? '')) at -= 1;
    if (text[at] === sign) return at;
  }
  return node;
}

const alias = (path: ModelPath, offset: number): Finding => ({
  code: 'file/alias',
  message: 'aliases (`*`) are not read',
  remedy: 'write the value out; any address of the host is "*:6000" in quotes, or just 6000',
  path,
  offset,
});

const anchor = (path: ModelPath, offset: number): Finding => ({
  code: 'file/anchor',
  message: 'anchors (`&`) are not read',
  remedy: 'remove it (the word that begins with `&`)',
  path,
  offset,
});

const tag = (path: ModelPath, offset: number, name: string): Finding => ({
  code: 'file/tag',
  message: `the tag ${quote(name)} is not read`,
  remedy: 'remove it (the word that begins with `!`)',
  path,
  offset,
});

const number = (path: ModelPath, { source, value, range }: Scalar): Finding => ({
  code: 'file/number',
  message: `${source} is a number that can be read in more than one way`,
  remedy: Number.isSafeInteger(value) ? `write ${String(value)}` : 'write a whole decimal number',
  path,
  offset: range?.[0] ?? 0,
});

const duplicateKey = (path: ModelPath, key: string, offset: number): Finding => ({
  code: 'file/duplicate-key',
  message: `the key ${quote(key)} stands twice in ${formatPath(path) || 'the file'}`,
  remedy: 'keep one of the two',
  path: [...path, key],
  offset,
});

const reservedKey = (path: ModelPath, key: string, offset: number): Finding => ({
  code: 'model/unknown-key',
  message: `the key ${quote(key)} is unknown`,
  remedy: 'remove it',
  path: [...path, key],
  offset,
});
