import { readdirSync, statSync } from 'node:fs';
import { execa } from 'execa';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Builds what the tests of the command line run, unless it is newer than everything it is built from. */
export async function setup(): Promise<void> {
  const sources = ['src', 'scripts/manual'].flatMap((directory) =>
    readdirSync(`${ROOT}${directory}`, { recursive: true }).map((path) => `${directory}/${String(path)}`),
  );
  const newest = Math.max(...['package.json', 'scripts/build.mjs', ...sources].map(changed));
  if (changed('dist/portfwd.js') <= newest) await execa(process.execPath, ['scripts/build.mjs'], { cwd: ROOT });
}

const changed = (path: string): number => statSync(`${ROOT}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
