import type { ExitCode } from '../../report/exit-code.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { runChange, type ChangeOptions } from '../change/run-change.ts';

export const apply = async (
  file: string | undefined,
  options: ConfigOptions & ChangeOptions,
  session: Session,
): Promise<ExitCode> => runChange({ file: configPath(file, options, session), command: 'apply' }, options, session);
