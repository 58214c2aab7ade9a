import { join } from 'node:path';
import { endServices } from '../../apply/boot/end-services.ts';
import { openedNow, watchFirewall } from '../../apply/boot/firewall-watch.ts';
import { hostInTree, thisHost, type BootTarget } from '../../apply/boot/target.ts';
import type { Context } from '../../apply/context.ts';
import { withStateLock } from '../../apply/lock.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
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
  const open =
    done === undefined || target.root !== '' ? [] : (await openedNow(session)).map(({ path }) => sysctlName(path));
  session.print(
    {
      disabled: done !== undefined,
      removed: done?.removed ?? [],
      kept: done?.kept ?? [],
      ...(open.length === 0 ? {} : { open }),
    },
    () =>
      done === undefined
        ? 'nothing was enabled\n'
        : `the forwards are no longer loaded at boot\n${open.map((name) => openText(name, session.host.boot.systemdIsHere())).join('')}`,
  );
  return EXIT.ok;
}

const openText = (name: string, watched: boolean): string =>
  `${name} stays on behind the guard, as long as the forwards are loaded; ${watched ? '' : 'if another program flushes the ruleset, it stays on without the guard; '}portfwd down turns it off\n`;

/** Call under the lock. Undefined: there was nothing to remove. */
export async function removeBootFiles({ root, stateDir }: BootTarget, ctx: Context): Promise<Removed | undefined> {
  const { host, env } = ctx;
  if (root !== '') return host.boot.remove(root, stateDir);
  if (host.boot.read(stateDir) === undefined) return undefined;
  const done = host.boot.remove(root, stateDir);
  if (host.boot.systemdIsHere()) await host.boot.systemctl('daemon-reload');
  const watch = await watchFirewall(await openedNow(ctx), ctx);
  await watch.start();
  if (host.boot.systemdIsHere()) await endServices(done?.removed ?? [], ctx);
  await host.syslog(`disable by ${host.userName(env)}`);
  return done;
}
