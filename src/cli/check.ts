import type { Command } from 'commander';
import { emitJson } from '../emit/json.ts';
import { isError } from '../finding/finding.ts';
import { lower } from '../lower/lower.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { findingJson, formatFinding } from './format-finding.ts';
import { loadModel } from './load-model.ts';
import {
  configPath,
  examples,
  withConfig,
  withJson,
  withState,
  type ConfigOptions,
  type StateOptions,
} from './options.ts';
import { readFacts } from './read-facts.ts';
import type { World } from './world.ts';

export const checkCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('check'))))
    .description('find what is wrong with the forwards, and let nft try them; needs no root, changes nothing')
    .argument('[file]', 'the file with the forwards')
    .addHelpText('after', examples('portfwd check ./forwards.yaml', 'portfwd check --json ./forwards.yaml'));

/** Findings are what this command prints: with --json they are its product. */
export async function checkModel(
  file: string | undefined,
  options: ConfigOptions & StateOptions,
  world: World,
): Promise<ExitCode> {
  const { host, out, err } = world;
  const {
    model,
    facts,
    findings,
    locate,
    file: path,
    forwards,
  } = await loadModel(configPath(file, options, world), readFacts(options, world), world);
  if (model !== undefined) await host.nft.check(emitJson(lower(model, facts)).text);
  const errors = findings.filter(isError).length;
  if (options.json === true) {
    out(
      `${JSON.stringify({ file: path, ok: errors === 0, forwards, findings: findings.map((finding) => findingJson(finding, path, locate)) })}\n`,
    );
  } else {
    for (const finding of findings) err(`${formatFinding(finding, path, locate)}\n`);
    if (errors === 0)
      out(`${path}: ${forwards} ${forwards === 1 ? 'forward' : 'forwards'}, no errors; nft accepts the ruleset\n`);
  }
  return errors === 0 ? EXIT.ok : EXIT.findings;
}
