import { changeModel } from '../../apply/apply.ts';
import type { ChangeOptions } from '../../apply/change.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import type { World } from '../../apply/context.ts';

export const apply = async (
  file: string | undefined,
  options: ConfigOptions & ChangeOptions,
  world: World,
): Promise<ExitCode> => changeModel({ file: configPath(file, options, world), command: 'apply' }, options, world);
