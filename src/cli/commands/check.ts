import { emitJson } from '../../emit/json.ts';
import { isError } from '../../finding/finding.ts';
import { escapeControls } from '../../finding/quote.ts';
import { lower } from '../../lower/lower.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { findingJson } from '../../report/findings.ts';
import { asWarning, loadOnHost } from '../../apply/read-on-host.ts';
import { reportFindings } from '../../apply/read-model.ts';
import type { StateOptions, World } from '../../apply/context.ts';
import { configPath, type ConfigOptions } from '../options.ts';

/** Findings are what this command prints: with --json they are its product. */
export async function checkModel(
  file: string | undefined,
  options: ConfigOptions & StateOptions,
  world: World,
): Promise<ExitCode> {
  const loaded = await loadOnHost(configPath(file, options, world), options, world);
  const { model, facts, locate, forwards, onHost } = loaded;
  const findings = [...loaded.findings, ...onHost.map(asWarning)];
  if (model !== undefined) await world.host.nft.check(emitJson(lower(model, facts)).text);
  const ok = !findings.some(isError);
  if (options.json === true) {
    const found = findings.map((finding) => findingJson(finding, loaded.file, locate));
    world.out(`${JSON.stringify({ file: loaded.file, ok, forwards, findings: found })}\n`);
  } else {
    reportFindings({ ...loaded, findings }, false, world);
    const count = `${forwards} ${forwards === 1 ? 'forward' : 'forwards'}`;
    if (ok) world.out(`${escapeControls(loaded.file)}: ${count}, no errors; nft accepts the ruleset\n`);
  }
  return ok ? EXIT.ok : EXIT.findings;
}
