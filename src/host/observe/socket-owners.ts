import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The names of the processes that hold these sockets, by inode. Only root sees those of other users. */
export function readSocketOwners(inodes: ReadonlySet<number>): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  if (inodes.size === 0) return owners;
  for (const process of entriesOf('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const inode of inodesOf(process)) {
      if (inodes.has(inode) && !owners.has(inode)) owners.set(inode, nameOf(process));
    }
    if (owners.size === inodes.size) break;
  }
  return owners;
}

const inodesOf = (process: string): number[] =>
  entriesOf(`/proc/${process}/fd`).flatMap((descriptor) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${process}/fd/${descriptor}`)) ?? [];
    return inode === undefined ? [] : [Number(inode)];
  });

/** Empty if the process has ended, or if it may not be read. */
function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function nameOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/comm`, 'utf8').trimEnd();
  } catch {
    return 'a process';
  }
}
