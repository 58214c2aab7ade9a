import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { modelSource, type ConfigOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { runChange, type ChangeOptions } from '../change/run-change.ts';

interface Options extends ConfigOptions, ChangeOptions {
  /** Send packets through every forward in namespaces first. */
  readonly try?: boolean;
}

export const apply = async (file: string | undefined, options: Options, session: Session): Promise<ExitCode> => {
  const source = await modelSource(file, options, session);
  if (options.try === true) {
    const { trySucceeds } = await import('./diagnose/try.ts');
    if (!(await trySucceeds(source, session))) return EXIT.findings;
  }
  return runChange({ ...source, command: 'apply' }, options, session);
};
