import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Sandbox } from './sandbox.ts';

/** A command for which this script stands where the tool does; `$real` is the tool. */
export async function replacing({ directory }: Sandbox, tool: string, script: string) {
  const path = (await execa('which', [tool])).stdout;
  copyFileSync(path, join(directory, `real-${tool}`));
  const text = `#!/bin/sh\nreal=${directory}/real-${tool}\ncd ${directory}\n${script}\nexec "$real" "$@"\n`;
  writeFileSync(join(directory, `other-${tool}`), text, { mode: 0o755 });
  const mount = `mount --bind ${directory}/other-${tool} ${path}; exec "$@"`;
  return (command: readonly string[]): string[] => ['unshare', '-m', 'sh', '-ec', mount, 'sh', ...command];
}
