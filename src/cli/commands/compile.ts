import { emitJson } from '../../emit/json.ts';
import { emitText } from '../../emit/text.ts';
import type { Finding } from '../../finding/finding.ts';
import { Failure } from '../../failure/failure.ts';
import { lower } from '../../lower/lower.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { asLoaded } from '../../apply/read/enable-forwarding.ts';
import { readModel, type ReadFacts } from '../../apply/read/read-model.ts';
import { readFacts } from '../../apply/read/read-on-host.ts';
import { modelSource, type ConfigOptions, type ModelSource } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import type { Session } from '../session.ts';

interface Options extends ConfigOptions {
  readonly format: 'json' | 'nft';
  readonly output?: string;
  readonly hostFacts?: string;
}

export async function compile(file: string | undefined, options: Options, session: Session): Promise<ExitCode> {
  const source = await modelSource(file, options, session);
  const read = await readModel(source.file, factsFor(options.hostFacts, session), session.host, source.text);
  const { model, facts } = read;
  const findings =
    facts === undefined && model !== undefined && model.forwards.length > 0
      ? [...read.findings, withoutFacts]
      : read.findings;
  printFindings({ ...read, findings }, session);
  if (model === undefined) return EXIT.findings;
  // As apply would load it here: also with an earlier --enable-forwarding.
  const { model: loaded } =
    options.hostFacts === 'live' ? await asLoaded({ ...read, model }, undefined, session) : { model };
  const ruleset = lower(loaded, facts);
  const text = options.format === 'nft' ? emitText(ruleset) : emitJson(ruleset).text;
  if (options.output === undefined) session.write(text);
  else write(options.output, text, source, session);
  return EXIT.ok;
}

function write(path: string, text: string, model: ModelSource, { host }: Session): void {
  if (model.text !== undefined || !host.isSameFile(path, model.file)) return host.writeOutputFile(path, text);
  throw new Failure('output-unwritable', `${path} is the file with the forwards`, 'name another path with -o');
}

export function factsFor(from: string | undefined, session: Session): ReadFacts<HostFacts | undefined> {
  if (from === undefined) return async () => undefined;
  return from === 'live' ? readFacts(session) : async () => factsIn(from, session);
}

async function factsIn(from: string, session: Session): Promise<HostFacts> {
  const { parseHostFacts } = await import('../../parse/host-facts.ts');
  const facts = parseHostFacts(readFactsFile(from, session));
  if (facts !== undefined) return facts;
  throw new Failure('config-unreadable', `${from} does not contain host facts`, 'write it with: portfwd facts > FILE');
}

function readFactsFile(path: string, { host }: Session): string {
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
    'compiled without host facts: connections to 127.0.0.1 are not forwarded, and clients in the subnet of a target are not masqueraded',
  remedy: 'add --host-facts live, or --host-facts with a file that portfwd facts wrote on the other host',
  path: [],
};
