import { parseBytes } from '../../apply/read/read-model.ts';
import { readFactsFor } from '../../apply/read/read-on-host.ts';
import type { Model } from '../../model/model.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { printableJson } from '../printable.ts';
import type { Session } from '../session.ts';

/**
 * The forwards may be compiled on another host, for other targets. So all on-link prefixes and all routes of the main table
 * are printed, and the kernel's answers for the targets of this host's file, if it has one.
 */
export async function facts(file: string | undefined, options: ConfigOptions, session: Session): Promise<ExitCode> {
  const model = await modelIn(file, options, session);
  const [found, { onLink }, all] = await Promise.all([
    readFactsFor(model, session),
    readFactsFor(undefined, session),
    session.host.readMainTable(),
  ]);
  const others = (found.routed ?? []).filter(({ prefix }) => !all.some((route) => route.prefix === prefix));
  session.write(`${printableJson({ ...found, onLink, routed: [...all, ...others] }, 2)}\n`);
  return EXIT.ok;
}

/** A file that is named must exist. */
async function modelIn(file: string | undefined, options: ConfigOptions, session: Session): Promise<Model | undefined> {
  const { host } = session;
  const path = configPath(file, options, session);
  const bytes = file === undefined ? host.readModelFilesIfAny(path) : host.readModelFiles(path);
  return bytes && (await parseBytes(bytes)).model;
}
