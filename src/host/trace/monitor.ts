import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { binary } from '../process/binary.ts';
import { startHelper, type Helper } from './helper.ts';

/**
 * The shell prints the ID of nft and waits until its standard input ends, also because portfwd was killed. Only then
 * nft ends: it would not notice otherwise. It alone has the standard output, so that its end shows. If portfwd was killed
 * before, `echo` must not end the shell (PIPE).
 */
const SCRIPT = `trap '' HUP INT QUIT TERM PIPE
exec 3<&0 </dev/null
"$0" monitor trace 3<&- &
echo "monitor $!"
exec >/dev/null
cat <&3
kill -KILL $!`;

export interface Monitor extends Helper {
  /** Its output ended: nft was killed or failed. */
  readonly ended: () => boolean;
  /** Waits until nft has printed all events that there are now. */
  readonly drained: () => Promise<void>;
}

/** Reads the trace events of the kernel. When it returns, none is missed. Throws `tool-failed`. */
export async function startMonitor(onLine: (line: string) => void): Promise<Monitor> {
  const state: { pid?: string; ended: boolean } = { ended: false };
  const helper = startHelper(SCRIPT, [], {
    onLine: (line) => {
      const [, pid] = state.pid === undefined ? (/^monitor (\d+)$/.exec(line) ?? []) : [];
      if (pid === undefined) onLine(line);
      else state.pid = pid;
    },
    onEnd: () => (state.ended = true),
  });
  for (const end = Date.now() + PATIENCE; state.pid === undefined || !listensToTraces(state.pid); await pause())
    if (state.ended || Date.now() > end) {
      await helper.stop();
      throw notStarted(helper.errors());
    }
  const { pid } = state;
  return { ...helper, ended: () => state.ended, drained: async () => drain(pid) };
}

/** Milliseconds. nft reads the whole ruleset first. */
const PATIENCE = 60_000;

const pause = async (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 10));

const notStarted = (detail: string): Failure =>
  /Operation not permitted|must be root|Permission denied/i.test(detail)
    ? new Failure(
        'permission',
        'permission denied: nft may not read trace events',
        'run as root, or with CAP_NET_ADMIN',
      )
    : new Failure('tool-failed', `${binary('nft')} monitor trace does not work`, 'see its message below', detail);

/** Only for a short time: new events can come without an end. */
async function drain(pid: string): Promise<void> {
  let idle = 0;
  for (let polls = 0; polls < MOST_POLLS && idle < 3; polls += 1) {
    await pause();
    idle = isIdle(pid) ? idle + 1 : 0;
  }
}

const MOST_POLLS = 200;

/** It waits, and the kernel has nothing for it. */
function isIdle(pid: string): boolean {
  const sockets = traceSockets(pid);
  return sockets.every(({ waiting }) => waiting === 0) && /^\d+ \(.*\) [SZX] /s.test(textOf(`/proc/${pid}/stat`));
}

const listensToTraces = (pid: string): boolean => traceSockets(pid).length > 0;

/** NFNLGRP_NFTRACE is 9 (linux/netfilter/nfnetlink.h). The kernel lists groups as bits. */
const TRACE_GROUP = 1 << (9 - 1);

/** The sockets of the process that get trace events, with the bytes that it has not read. */
function traceSockets(pid: string): readonly { readonly waiting: number }[] {
  const inodes = socketsOf(pid);
  return readFileSync('/proc/self/net/netlink', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, , , groups = '', , , , , , inode = '']) => inodes.has(inode) && (parseInt(groups, 16) & TRACE_GROUP) !== 0,
    )
    .map(([, , , , waiting]) => ({ waiting: Number(waiting) }));
}

/** Empty if the process is gone. */
function socketsOf(pid: string): ReadonlySet<string> {
  try {
    const directory = `/proc/${pid}/fd`;
    return new Set(
      readdirSync(directory).flatMap((name) => /^socket:\[(\d+)\]$/.exec(linkOf(`${directory}/${name}`))?.[1] ?? []),
    );
  } catch {
    return new Set();
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Empty if the process is gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
