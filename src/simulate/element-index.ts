import { BlockList } from 'node:net';
import type { Element, Prefix, Range, Scalar } from '../ruleset/ruleset.ts';
import { familyOf } from './field.ts';

/** Finds the element whose key matches these values. */
export type ElementIndex = (values: readonly Scalar[]) => Element | undefined;

type Part = Scalar | Prefix | Range;

/**
 * Keys of scalars only are in a hash table. Keys with one range are found by their other parts, then by binary search,
 * since no two of them overlap. Other keys are tried one by one.
 */
export function indexElements(elements: readonly Element[]): ElementIndex {
  const exact = new Map<string, Element>();
  const ranged = new Map<string, Interval[]>();
  const rest: Element[] = [];
  for (const element of elements) {
    const place = element.key.findIndex((part) => typeof part === 'object');
    const range = element.key[place];
    if (range === undefined) exact.set(JSON.stringify(element.key), element);
    else if (isRange(range) && element.key.filter((part) => typeof part === 'object').length === 1)
      addTo(ranged, keyWithout(element.key, place), { ...range, element });
    else rest.push(element);
  }
  for (const intervals of ranged.values()) intervals.sort((a, b) => a.first - b.first);
  return (values) =>
    exact.get(JSON.stringify(values)) ?? inRanges(values, ranged) ?? rest.find(({ key }) => isKey(values, key));
}

interface Interval extends Range {
  readonly element: Element;
}

function addTo(ranged: Map<string, Interval[]>, key: string, interval: Interval): void {
  const intervals = ranged.get(key);
  if (intervals === undefined) ranged.set(key, [interval]);
  else intervals.push(interval);
}

/** The key without its range. */
const keyWithout = (key: readonly Part[], place: number): string =>
  JSON.stringify(key.map((part, at) => (at === place ? null : part)));

function inRanges(values: readonly Scalar[], ranged: ReadonlyMap<string, readonly Interval[]>): Element | undefined {
  if (ranged.size === 0) return undefined;
  for (const [place, value] of values.entries()) {
    const intervals = typeof value === 'number' ? ranged.get(keyWithout(values, place)) : undefined;
    const element = intervals === undefined ? undefined : findInterval(intervals, Number(value));
    if (element !== undefined) return element;
  }
  return undefined;
}

function findInterval(intervals: readonly Interval[], value: number): Element | undefined {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle]?.last ?? 0) >= value) high = middle;
    else low = middle + 1;
  }
  const found = intervals[low];
  return found !== undefined && found.first <= value ? found.element : undefined;
}

const isKey = (values: readonly Scalar[], key: readonly Part[]): boolean =>
  key.every((part, at) => isPart(values[at], part));

function isPart(value: Scalar | undefined, part: Part): boolean {
  if (typeof part !== 'object') return value === part;
  if (isRange(part)) return typeof value === 'number' && value >= part.first && value <= part.last;
  return typeof value === 'string' && isInPrefix(value, part);
}

const isRange = (part: Part): part is Range => typeof part === 'object' && part.kind === 'range';

export function isInPrefix(address: string, prefix: Prefix): boolean {
  const family = familyOf(prefix.address);
  return familyOf(address) === family && listOf(prefix, TYPES[family]).check(address, TYPES[family]);
}

const TYPES = { ip: 'ipv4', ip6: 'ipv6' } as const;

const lists = new Map<string, BlockList>();

function listOf({ address, length }: Prefix, type: (typeof TYPES)[keyof typeof TYPES]): BlockList {
  const key = `${address}/${length}`;
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list = new BlockList();
  list.addSubnet(address, length, type);
  lists.set(key, list);
  return list;
}
