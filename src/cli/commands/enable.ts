import { join } from 'node:path';
import { hostInTree, thisHost, type BootTarget } from '../../apply/boot/target.ts';
import type { BootInstall, FaultyModel } from '../../apply/change.ts';
import { executeBootInstall } from '../../apply/execute/execute-boot-install.ts';
import { withStateLock } from '../../apply/lock.ts';
import { prepareBootInstall, prepareTreeInstall } from '../../apply/prepare/prepare-boot-install.ts';
import { holdsRuleset, readKernelTable } from '../../apply/read/kernel-table.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { bootPlanJson, formatBootPlan } from '../format/boot-plan.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { throwRefusals } from '../print-refusals.ts';
import type { Session } from '../session.ts';
import { factsFor, withoutFacts } from './compile.ts';

interface Options extends ConfigOptions {
  /** The directory tree of another host. */
  readonly root?: string;
  readonly print?: boolean;
  readonly hostFacts?: string;
  readonly enableForwarding?: boolean;
}

/** Loads the forwards at boot; what is loaded now stays as it is. Idempotent. */
export async function enable(file: string | undefined, options: Options, session: Session): Promise<ExitCode> {
  const target = options.root === undefined ? thisHost(session) : hostInTree(options.root, session);
  const work = async (): Promise<ExitCode> => {
    const prepared = await prepare(fileOf(file, options, target, session), options, target, session);
    printFindings(prepared, session);
    if (prepared.kind === 'faulty') return EXIT.findings;
    return options.print === true ? printPlan(prepared, session) : install(prepared, target, session);
  };
  return target.root === '' && options.print !== true ? withStateLock(session, work) : work();
}

const fileOf = (file: string | undefined, options: Options, { root }: BootTarget, session: Session): string =>
  root === '' || file !== undefined || options.config !== undefined
    ? configPath(file, options, session)
    : join(root, configPath(undefined, {}, { env: {} }));

async function prepare(
  file: string,
  { enableForwarding = false, hostFacts }: Options,
  target: BootTarget,
  session: Session,
): Promise<BootInstall | FaultyModel> {
  const request = { file, enableForwarding };
  if (target.root === '') return prepareBootInstall(request, session);
  return prepareTreeInstall(request, factsFor(hostFacts, session), withoutFacts, target, session);
}

/** Printed even if it would be refused, unless there is nothing to print. */
function printPlan({ plan, refusals }: BootInstall, session: Session): ExitCode {
  if (plan !== undefined) session.print(bootPlanJson(plan), () => formatBootPlan(plan));
  throwRefusals(refusals, session);
  return EXIT.ok;
}

async function install(prepared: BootInstall, target: BootTarget, session: Session): Promise<ExitCode> {
  throwRefusals(prepared.refusals, session);
  await executeBootInstall(prepared, session);
  const { boot, plan, forwards } = prepared;
  const loaded = target.root === '' && holdsRuleset(await readKernelTable(session.host.nft), boot?.marker ?? '');
  const warnings = boot?.warnings ?? [];
  const notes = plan?.notes ?? [];
  const files = (plan?.files ?? []).map(({ path }) => join(target.root, path));
  if (!session.json) for (const warning of warnings) session.report.bootWarning(warning);
  session.print({ enabled: true, how: plan?.how, forwards, loaded, files, notes, warnings }, () =>
    [
      ...notes,
      `${forwards} ${forwards === 1 ? 'forward is' : 'forwards are'} loaded at boot`,
      ...(target.root === '' && !loaded ? ['the kernel does not hold this ruleset now; portfwd apply loads it'] : []),
      '',
    ].join('\n'),
  );
  return EXIT.ok;
}
