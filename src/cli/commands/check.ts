import { readRoutingGuard, type RoutingGuard } from '../../apply/read/routing-guard.ts';
import { diagnoseGuardDrops } from '../../diagnose/guard-drops.ts';
import { asFailure } from '../../failure/failure.ts';
import { formatRoutingGuard } from '../format/routing-guard.ts';
import { emitJson } from '../../emit/json.ts';
import { isError } from '../../finding/finding.ts';
import { escapeControls } from '../../finding/quote.ts';
import { lower } from '../../lower/lower.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { findingJson } from '../../report/findings.ts';
import { asWarning, readOnHost } from '../../apply/read/read-on-host.ts';
import { modelSource, type ConfigOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import type { Session } from '../session.ts';

/** The findings are the product of this command, under --json. */
export async function checkModel(
  file: string | undefined,
  options: ConfigOptions,
  session: Session,
): Promise<ExitCode> {
  const source = await modelSource(file, options, session);
  const read = await readOnHost(source.file, session, { text: source.text });
  const { model, facts, locate, forwards, onHost } = read;
  const guard = await guardIfReadable(session);
  const findings = [...read.findings, ...onHost.map(asWarning), ...diagnoseGuardDrops(guard?.fromInside ?? 0, facts)];
  if (model !== undefined) await session.host.nft.check(emitJson(lower(model, facts)).text);
  const ok = !findings.some(isError);
  if (!session.json) printFindings({ ...read, findings }, session);
  session.print(
    {
      file: read.file,
      ok,
      forwards,
      ...(guard === undefined ? {} : { routing: guard }),
      findings: findings.map((finding) => findingJson(finding, read.file, locate)),
    },
    () =>
      [
        ...(ok ? [soundText(read.file, forwards)] : []),
        ...(guard === undefined ? [] : [formatRoutingGuard(guard)]),
        '',
      ].join('\n'),
  );
  return ok ? EXIT.ok : EXIT.findings;
}

const soundText = (file: string, forwards: number): string =>
  `${escapeControls(file)}: ${forwards} ${forwards === 1 ? 'forward' : 'forwards'}, no errors; nft accepts the ruleset`;

/** `check` works without rights too. */
async function guardIfReadable({ host }: Session): Promise<RoutingGuard | undefined> {
  try {
    return await readRoutingGuard(host.nft);
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return undefined;
  }
}
