import { basename } from 'node:path';
import { enabledHere, enabledIfReadable, mayBeEnabledElsewhere } from '../../apply/boot/enabled-here.ts';
import { WATCH_SCRIPT } from '../../apply/boot/firewall-watch.ts';
import { thisHost } from '../../apply/boot/target.ts';
import { executeRemoval, type Removed } from '../../apply/execute/execute-removal.ts';
import { withLockIfPossible } from '../../apply/lock.ts';
import { orReport } from '../../apply/or-report.ts';
import { prepareRemoval } from '../../apply/prepare/prepare-removal.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import { escapeControls } from '../../finding/quote.ts';
import type { BootRecord } from '../../host/boot/record.ts';
import type { Purged } from '../../host/state/purge.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { throwRefusals } from '../print-refusals.ts';
import type { Session } from '../session.ts';
import { removeBootFiles } from './disable.ts';

interface Options {
  readonly purge?: boolean;
}

interface Done {
  readonly removed: Removed;
  /** It stays on for other programs. */
  readonly routing: boolean;
  /** Sysctls that could not be set back. */
  readonly notRestored: readonly string[];
  /** The forwards are loaded again at boot. */
  readonly boot: boolean;
  /** Files that were left in place. */
  readonly stays: readonly string[];
  /** Files that could not be removed. */
  readonly stuck: Purged['stuck'];
  /** Directories in which nothing was removed. */
  readonly foreign: readonly string[];
}

/** Idempotent. */
export async function down({ purge = false }: Options, session: Session): Promise<ExitCode> {
  const foreign = purge ? foreignDirectories(session) : [];
  const done = await withLockIfPossible(session, async () => {
    const removal = await prepareRemoval(session);
    throwRefusals(removal.refusals, session);
    const { removed, notRestored } = await executeRemoval(removal, session);
    const routing = removal.sysctls.stays.length > 0;
    const boot = await orReport(() => ({ record: enabledHere(session) }), session);
    const purged = purge
      ? await purgeAll({ boot, isOpen: routing || notRestored.length > 0, foreign }, session)
      : { stays: [], stuck: [] };
    return {
      removed,
      routing,
      notRestored: notRestored.map(({ path }) => sysctlName(path)),
      ...purged,
      foreign,
      boot: purge ? enabledIfReadable(session) !== undefined : boot?.record !== undefined,
    };
  });
  printDown(done, purge, session);
  return EXIT.ok;
}

/** Asked before the lock is there, which this run would make. */
function foreignDirectories({ host, state }: Session): string[] {
  return [...new Set([state.stateDir, state.runtimeDir])].filter(
    (path) => host.isThere(path) && !host.isStateDirectory(path),
  );
}

interface Found {
  /** Undefined: the record of the boot files is damaged. It stays, since those files stay. */
  readonly boot: { readonly record: BootRecord | undefined } | undefined;
  /** Sysctls stay on. */
  readonly isOpen: boolean;
  /** portfwd has not used the state directory. */
  readonly foreign: readonly string[];
}

/** Model files, and files that were changed by hand, stay. They are listed. */
async function purgeAll({ boot, isOpen, foreign }: Found, session: Session): Promise<Pick<Done, 'stays' | 'stuck'>> {
  const { host, state } = session;
  if (foreign.length > 0) return { stays: [], stuck: host.removeLocks(state) };
  const models = new Set(host.history.list(state.stateDir).map(({ file }) => file));
  const files = boot?.record && (await removeBootFiles(thisHost(session), session));
  // The next down, or the unit that watches the firewall, restores the values of what stays on. After a complete down, the
  // file has only values of other network namespaces.
  const needed = [
    host.sysctl.savedFile,
    ...(isOpen ? [WATCH_SCRIPT] : []),
    ...(boot === undefined ? ['boot.json'] : []),
    ...(mayBeEnabledElsewhere(session) ? ['boot.json', 'enabled'] : []),
  ];
  const { left, stuck } = host.purgeState(state, needed);
  const others = left.filter((path) => !needed.includes(basename(path)));
  return { stays: [...models, ...others, ...(files?.kept ?? [])].filter(host.isThere), stuck };
}

function printDown(
  { removed, routing, notRestored, boot, stays, stuck, foreign }: Done,
  purge: boolean,
  { print }: Session,
): void {
  print(
    {
      removed: removed !== 'nothing',
      ...(routing ? { routing } : {}),
      ...(notRestored.length > 0 ? { notRestored } : {}),
      ...(boot ? { boot } : {}),
      ...(purge ? { stays } : {}),
      ...(stuck.length > 0 ? { stuck } : {}),
      ...(foreign.length > 0 ? { foreign } : {}),
    },
    () =>
      [
        (routing || notRestored.length > 0) && removed === 'sysctls'
          ? 'the forwards were removed already'
          : TEXT[removed],
        ...(boot ? ['they are loaded again at boot and when nftables restarts; portfwd disable ends that'] : []),
        ...stays.map((path) => `${escapeControls(path)} is your file and was kept`),
        ...foreign.map(
          (path) => `${escapeControls(path)} is not a state directory of portfwd; nothing in it was removed`,
        ),
        ...stuck.map(({ path, code }) => `${escapeControls(path)} could not be removed (${code})`),
        '',
      ].join('\n'),
  );
}

const TEXT: Readonly<Record<Removed, string>> = {
  forwards: 'all forwards removed',
  sysctls: 'the forwards were removed already; the sysctls that they needed have their previous values again',
  watch:
    'the forwards were removed and their sysctls restored already; the unit that watched the firewall is removed now',
  nothing: 'there was nothing to remove',
};
