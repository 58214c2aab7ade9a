import { emitJson } from '../../emit/json.ts';
import { emitText } from '../../emit/text.ts';
import type { Finding } from '../../finding/finding.ts';
import { Failure } from '../../failure/failure.ts';
import { lower } from '../../lower/lower.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { loadModel, reportFindings } from '../../apply/read-model.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { readFacts } from '../../apply/read-on-host.ts';
import type { World } from '../../apply/context.ts';

interface Options extends ConfigOptions {
  readonly format: 'json' | 'nft';
  readonly output?: string;
  readonly hostFacts?: string;
}

export async function compile(file: string | undefined, options: Options, world: World): Promise<ExitCode> {
  const loaded = await loadModel(configPath(file, options, world), factsFor(options.hostFacts, world), world);
  const { model, facts } = loaded;
  const findings =
    facts === undefined && model !== undefined && model.forwards.length > 0
      ? [...loaded.findings, withoutFacts]
      : loaded.findings;
  reportFindings({ ...loaded, findings }, options.json === true, world);
  if (model === undefined) return EXIT.findings;
  const ruleset = lower(model, facts);
  const text = options.format === 'nft' ? emitText(ruleset) : emitJson(ruleset).text;
  if (options.output === undefined) world.out(text);
  else write(options.output, text, loaded.file, world);
  return EXIT.ok;
}

function write(path: string, text: string, model: string, { host }: World): void {
  if (!host.isSameFile(path, model)) return host.writeOutputFile(path, text);
  throw new Failure('output-unwritable', `${path} is the file with the forwards`, 'name another path with -o');
}

export async function factsFor(from: string | undefined, world: World): Promise<HostFacts | undefined> {
  if (from === undefined) return undefined;
  if (from === 'live') return readFacts({}, world);
  const { parseHostFacts } = await import('../../parse/host-facts.ts');
  const facts = parseHostFacts(readFactsFile(from, world));
  if (facts !== undefined) return facts;
  throw new Failure('config-unreadable', `${from} holds no host facts`, 'write it with: portfwd facts > FILE');
}

function readFactsFile(path: string, { host }: World): string {
  try {
    return Buffer.from(host.readConfigFile(path)).toString('utf8');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.reason, error.message, 'write it with: portfwd facts > FILE, or name another');
  }
}

export const withoutFacts: Finding = {
  code: 'host/facts-unknown',
  message:
    'compiled without host facts: 127.0.0.1 is left alone, and only a target that reaches itself is masqueraded, not its neighbours',
  remedy: 'add --host-facts live, or a file that `portfwd facts` wrote on the host it is for',
  path: [],
};
