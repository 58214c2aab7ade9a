import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

export const BUILT = new URL('../../dist/portfwd.js', import.meta.url).pathname;

export interface Run {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built file as a process of its own, in `cwd`, without the environment of this one. */
export async function portfwd(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  return runIn(cwd, process.execPath, [BUILT, ...args], env);
}

export async function runIn(
  cwd: string,
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const { exitCode, stdout, stderr } = await execa(file, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    timeout: 110_000,
  });
  return { exitCode, stdout, stderr };
}

/** A directory with these files, also in directories below it, which every user can read. */
export function directoryWith(files: Readonly<Record<string, string>>): { readonly path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'portfwd-test-'));
  chmodSync(path, 0o755);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The target is on another host; whether this one routes is not what these tests are about. */
export const GOOD = 'version: 1\nforwarding: ignore\nforwards:\n  - "192.0.2.1:6000:192.0.2.7:5000"\n';
