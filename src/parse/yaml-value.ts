import { isAlias, isMap, isNode, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { Finding, ModelPath } from '../finding/finding.ts';
import { alias, anchor, duplicateKey, number, reservedKey, tag } from './yaml-findings.ts';
import { keyText } from './yaml-position.ts';

/** Converts YAML nodes to plain data. Reports what YAML allows but a model may not contain. */
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
    // A tagged scalar can have any value, even bytes, so its source text is used.
    if (node.tag !== undefined) return node.source ?? null;
    if (typeof node.value === 'number' && node.source !== `${node.value}`) findings.push(number(path, node));
    return node.value;
  }

  function checkProperties(node: unknown, path: ModelPath): void {
    if (!isNode(node)) return;
    if (isAlias(node)) findings.push(alias(path, offsetOf(node), node.source));
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

/** The fast path for nearly every node of a model: text without properties, which needs no path. */
const plainText = (node: unknown): string | undefined =>
  isScalar(node) && typeof node.value === 'string' && node.anchor === undefined && node.tag === undefined
    ? node.value
    : undefined;

/** Keys with a special meaning in JavaScript. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const offsetOf = (node: unknown): number =>
  (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;

/** The offset of the `&anchor` or `!tag` of a node: the last word before the node that starts with this sign. */
function propertyOffset(sign: '&' | '!', node: number, text: string): number {
  for (let at = text.lastIndexOf(sign, node - 1); at !== -1; at = text.lastIndexOf(sign, at - 1)) {
    while (at > 0 && !/[\s[\]{},]/.test(text[at - 1] ?? '')) at -= 1;
    if (text[at] === sign) return at;
  }
  return node;
}
