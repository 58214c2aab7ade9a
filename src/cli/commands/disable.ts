import { join } from 'node:path';
import { hostInTree, thisHost, type BootTarget } from '../../apply/boot/target.ts';
import type { Context } from '../../apply/context.ts';
import { withStateLock } from '../../apply/lock.ts';
import { escapeControls } from '../../finding/quote.ts';
import type { Removed } from '../../host/boot/remove.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly root?: string;
}

/** Removes what `enable` wrote; what is loaded now stays. Idempotent. */
export async function disable({ root }: Options, session: Session): Promise<ExitCode> {
  const target = root === undefined ? thisHost(session) : hostInTree(root, session);
  const work = async (): Promise<Removed | undefined> => removeBootFiles(target, session);
  const done = target.root === '' ? await withStateLock(session, work) : await work();
  for (const path of done?.kept ?? []) {
    const text = escapeControls(
      `portfwd: note: ${join(target.root, path)} was kept: it was changed since portfwd wrote it`,
    );
    session.say({ messages: [text] }, () => text);
  }
  session.print({ disabled: done !== undefined, removed: done?.removed ?? [], kept: done?.kept ?? [] }, () =>
    done === undefined ? 'nothing was enabled\n' : 'the forwards are no longer loaded at boot\n',
  );
  return EXIT.ok;
}

/** Call under the lock. Undefined: there was nothing to remove. */
export async function removeBootFiles(
  { root, stateDir }: BootTarget,
  { host, env }: Context,
): Promise<Removed | undefined> {
  const done = host.boot.remove(root, stateDir);
  if (done === undefined || root !== '') return done;
  if (host.boot.systemdIsHere()) await host.boot.systemctl('daemon-reload');
  await host.syslog(`disable by ${host.userName(env)}`);
  return done;
}
