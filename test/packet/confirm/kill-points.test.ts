import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { CHANGE, expectReverted, isPending, readPending, startConfirmLab, type Prepared } from '../lab/confirm-lab.ts';
import { commandOf } from '../lab/processes.ts';
import type { Sandbox } from '../lab/sandbox.ts';
import { until } from '../lab/until.ts';

const lab = startConfirmLab();
afterAll(lab.remove);

/** The programs that a confirm or a rollback starts; with PORTFWD_KILL_POINTS=all every program. */
const TOOLS =
  process.env['PORTFWD_KILL_POINTS'] === 'all' ? ['nft', 'conntrack', 'ip', 'flock', 'unshare'] : ['nft', 'conntrack'];

/** When the tool under test ends, seen from the Nth program that it starts. */
const MOMENTS = {
  during: 'kill -9 "$pid"; exec "$real" "$@"',
  after: '"$real" "$@" >/dev/null 2>&1; kill -9 -"$pid"',
} as const;

/** Stands where nft and its like do, and runs the real one; the Nth run ends who started it. */
const wrapper = (directory: string): string => `#!/bin/sh
real=${directory}/real-\${0##*/}
[ -e ${directory}/kill-at ] || exec "$real" "$@"
read -r at moment < ${directory}/kill-at
nth=1
while ! mkdir ${directory}/calls/$nth 2>/dev/null; do nth=$((nth + 1)); done
[ $nth = "$at" ] || exec "$real" "$@"
rm ${directory}/kill-at
read -r pid < ${directory}/pid
case $moment in
${Object.entries(MOMENTS)
  .map(([name, commands]) => `${name}) ${commands} ;;`)
  .join('\n')}
esac
`;

/** Every program that portfwd starts here is a wrapper. */
async function wrapTools({ directory }: Sandbox): Promise<(command: readonly string[]) => string[]> {
  const path = join(directory, 'wrapper');
  writeFileSync(path, wrapper(directory), { mode: 0o755 });
  const found = await Promise.all(TOOLS.map(async (tool) => (await execa('which', [tool])).stdout));
  for (const tool of found) copyFileSync(tool, join(directory, `real-${tool.split('/').at(-1)}`));
  const mounts = found.map((tool) => `mount --bind ${path} ${tool}`).join('; ');
  const script = `${mounts}; echo $$ > ${directory}/pid; exec "$@"`;
  return (command) => ['unshare', '-m', 'sh', '-ec', script, 'sh', ...command];
}

/** Tells whether there was an Nth program. */
async function killAt(nth: number, moment: string, prepared: Prepared, through: Through): Promise<boolean> {
  const { sandbox } = prepared;
  rmSync(join(sandbox.directory, 'calls'), { recursive: true, force: true });
  mkdirSync(join(sandbox.directory, 'calls'));
  writeFileSync(join(sandbox.directory, 'kill-at'), `${nth} ${moment}\n`);
  const { exitCode } = await sandbox.start(CHANGE(1), through).ended;
  if (existsSync(join(sandbox.directory, 'kill-at'))) return false;
  expect(exitCode).toBeUndefined();
  await expectGuarded(prepared);
  await expectReverted(prepared);
  return true;
}

type Through = Awaited<ReturnType<typeof wrapTools>>;

/** What is loaded now was loaded before, or a process waits to revert it. */
const expectGuarded = async ({ sandbox, before }: Prepared): Promise<void> =>
  until('a loaded change has a reverter', async () => {
    const { ruleset } = await sandbox.seen();
    return ruleset === before.ruleset || !isPending(sandbox) || hasReverter(sandbox);
  });

function hasReverter(sandbox: Sandbox): boolean {
  try {
    return commandOf(readPending(sandbox).reverter.pid).includes('revert.sh');
  } catch {
    return false; // it has just done its work
  }
}

/** Each of these goes through its share of the programs in its own sandbox. */
const LANES = 5;
test.concurrent.each(Array.from({ length: LANES }, (_, lane) => lane + 1))(
  'killed at each program that it starts, the change is reverted (lane %i)',
  async (lane) => {
    const prepared = await lab.prepare();
    const through = await wrapTools(prepared.sandbox);
    const moments = Object.keys(MOMENTS);
    for (let nth = lane; ; nth += LANES)
      for (const moment of moments) if (!(await killAt(nth, moment, prepared, through))) return;
  },
);
