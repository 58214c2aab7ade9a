import { BlockList } from 'node:net';
import type { Prefix } from '../ruleset/ruleset.ts';
import { familyOf } from './field.ts';

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
