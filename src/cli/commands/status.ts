import { bootState, type BootState } from '../../apply/boot/state.ts';
import { readKernelTable } from '../../apply/read/kernel-table.ts';
import { identityOf, loadedIdentity, type Identity } from '../../apply/read/identity.ts';
import { readOwnChains } from '../../apply/read/own-chains.ts';
import { readRoutingGuard } from '../../apply/read/routing-guard.ts';
import { readOnHost } from '../../apply/read/read-on-host.ts';
import { unguardedSysctls } from '../../apply/sysctls/guards.ts';
import { escapeControls } from '../../finding/quote.ts';
import { enabledForwards } from '../../model/model.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { countersState, isCountingAsWanted } from '../../status/counters.ts';
import { currentState } from '../../status/state.ts';
import { diagnoseGuardDrops } from '../../diagnose/guard-drops.ts';
import { formatCounters } from '../format/counters.ts';
import { painter } from '../format/lines.ts';
import { formatIdentity } from '../format/identity.ts';
import { formatHostWarnings, hostWarnings } from '../format/host-warnings.ts';
import { formatRoutingGuard } from '../format/routing-guard.ts';
import { explanationOf, formatState, formatWaiting, stateJson } from '../format/state.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import type { Session } from '../session.ts';

interface Options extends ConfigOptions {
  /** The beginning of a digest, or all of it. */
  readonly expect?: string;
}

export async function status(file: string | undefined, options: Options, session: Session): Promise<ExitCode> {
  const { host, state: paths } = session;
  const read = await readOnHost(configPath(file, options, session), session);
  const { model } = read;
  if (model === undefined) {
    printFindings(read, session);
    return EXIT.findings;
  }
  const found = await currentState({ ...read, model }, session);
  const chains = await readOwnChains(host.nft);
  const table = await readKernelTable(host.nft, chains);
  const boot = bootState(table, session);
  const identity = identityOf(model, read.statedForwarding);
  const loaded = await loadedIdentity(table, { ...identity, bytes: read.bytes }, session);
  const names = [...chains.values()].flat();
  const critical = unguardedSysctls(host.sysctl.readSaved(paths.runtimeDir), names, host.sysctl.read);
  const isOurs = found.kernel.state === 'in sync' || found.kernel.state === 'drifted';
  const counters = isOurs ? await countersState(model, session, chains) : undefined;
  const guard = await readRoutingGuard(host.nft, chains);
  const forwards = enabledForwards(model).length;
  const warnings = hostWarnings(read.onHost, model);
  const routing = guard === undefined ? {} : { routing: guard };
  session.print(
    {
      file: read.file,
      state: found.state,
      ...identity,
      ...(loaded === undefined ? {} : { loaded }),
      critical,
      boot: bootJson(boot),
      forwards,
      counters,
      ...routing,
      ...(warnings.length === 0 ? {} : { warnings }),
      ...stateJson(found),
    },
    () =>
      [
        `${found.state}: ${explanationOf(found)}`,
        ...critical.map((unguarded) => escapeControls(`critical: ${unguarded}; run portfwd apply, or portfwd down`)),
        ...formatWaiting(found),
        ...formatState(found, painter(session)),
        ...formatHostWarnings(warnings),
        ...(guard === undefined ? [] : [formatRoutingGuard(guard)]),
        ...diagnoseGuardDrops(guard?.fromInside ?? 0, read.facts).map(
          ({ message, remedy }) => `warning: ${message}; ${remedy}`,
        ),
        ...formatCounters(counters),
        ...formatIdentity(identity, loaded),
        ...formatBoot(boot),
        '',
      ].join('\n'),
  );
  if (!isExpected(identity, options, session)) return EXIT.findings;
  const isRight = found.state === 'in sync' && critical.length + boot.problems.length === 0;
  return isRight && isCountingAsWanted(counters ?? 'off') ? EXIT.ok : EXIT.findings;
}

function isExpected({ digest }: Identity, { expect = '' }: Options, session: Session): boolean {
  if (digest.startsWith(expect)) return true;
  const text = `the file has the digest ${digest}, not ${expect}`;
  session.say({ messages: [text] }, () => text);
  return false;
}

const formatBoot = ({ enabled, problems }: BootState): string[] => {
  if (!enabled) return ['boot: not enabled (portfwd enable loads the forwards at boot)'];
  return problems.length === 0
    ? ['boot: enabled']
    : problems.map(({ message, remedy }) => escapeControls(`boot: ${message}; ${remedy}`));
};

const bootJson = ({ enabled, problems }: BootState) => ({ enabled, problems: problems.map(({ message }) => message) });
