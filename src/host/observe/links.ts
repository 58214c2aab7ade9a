import { Failure } from '../../failure/failure.ts';
import type { Link } from '../../model/routing/links.ts';
import { run } from '../process/run.ts';

/** All interfaces. From ip(8), since /sys can show another network namespace. Undefined if ip cannot list them. */
export async function readLinks(): Promise<readonly Link[] | undefined> {
  try {
    const { exitCode, stdout } = await run('ip', ['-j', '-d', 'link', 'show']);
    return exitCode !== 0 || stdout.trim() === '' ? undefined : (JSON.parse(stdout) as Listed[]).flatMap(linkOf);
  } catch (error) {
    if (error instanceof Failure || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface Listed {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly mtu?: number;
  readonly master?: string;
  readonly link?: string | null;
  readonly address?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_slave_kind?: string };
}

function linkOf({ ifname, flags = [], mtu = 0, master, link, address, linkinfo = {} }: Listed): Link[] {
  if (ifname === undefined) return [];
  return [
    {
      name: ifname,
      state: !flags.includes('UP') ? 'down' : flags.includes('NO-CARRIER') ? 'no-carrier' : 'up',
      mtu,
      kind: linkinfo.info_kind,
      master,
      portOf: linkinfo.info_slave_kind,
      parent: link ?? undefined,
      pointToPoint: flags.includes('POINTOPOINT'),
      address,
    },
  ];
}
