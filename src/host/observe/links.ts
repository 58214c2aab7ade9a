import * as z from 'zod/mini';
import { Failure } from '../../failure/failure.ts';
import type { Link } from '../../model/routing/links.ts';
import { readJson } from '../process/read-json.ts';
import { linkSchema, type ListedLink } from './ip-schema.ts';
import { run } from '../process/run.ts';

/** All interfaces. From ip(8), since /sys can show another network namespace. Undefined if ip cannot list them. */
export async function readLinks(): Promise<readonly Link[] | undefined> {
  try {
    const { exitCode, stdout } = await run('ip', ['-j', '-d', 'link', 'show']);
    return exitCode === 0 ? readLinkList(stdout) : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Throws `tool-failed`. */
const readLinkList = (text: string): Link[] =>
  readJson('ip -j -d link show', text, z.array(linkSchema)).flatMap(linkOf);

function linkOf({ ifname, flags = [], mtu = 0, master, link, address, linkinfo }: ListedLink): Link[] {
  if (ifname === undefined) return [];
  return [
    {
      name: ifname,
      state: !flags.includes('UP') ? 'down' : flags.includes('NO-CARRIER') ? 'no-carrier' : 'up',
      mtu,
      kind: linkinfo?.info_kind,
      master,
      portOf: linkinfo?.info_slave_kind,
      parent: link ?? undefined,
      pointToPoint: flags.includes('POINTOPOINT'),
      address,
    },
  ];
}
