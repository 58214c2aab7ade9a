import { changeModel } from './change-model.ts';
import type { ChangeOptions } from './change.ts';
import type { ExitCode } from './exit-code.ts';
import { configPath, type ConfigOptions } from './options.ts';
import type { World } from './world.ts';

export const apply = async (
  file: string | undefined,
  options: ConfigOptions & ChangeOptions,
  world: World,
): Promise<ExitCode> => changeModel({ file: configPath(file, options, world), command: 'apply' }, options, world);
