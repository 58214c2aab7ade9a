import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { writeDurably } from '../files/durable-file.ts';
import { binary, type Tool } from './binary.ts';
import { endWithPortfwd, start } from './children.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs $VISUAL, $EDITOR or an installed editor on the file, on this terminal and with this environment, and returns when
 * it ends. The variables may contain arguments. Throws `no-editor`, `editor-failed`.
 */
export async function runEditor(path: string, env: Environment): Promise<void> {
  const command = env['VISUAL'] || env['EDITOR'] || installedEditor();
  // The terminal sends Ctrl-C to portfwd too. It is meant for the editor.
  for (const signal of SIGNALS) process.on(signal, ignore);
  try {
    const child = start('sh', ['-c', `${command} "$1"`, 'sh', path], { stdio: 'inherit' });
    endWithPortfwd(child);
    const { exitCode, signal, problem } = await child.ended;
    if (problem !== '') throw failed(command, `could not be started (${problem.trim()})`);
    if (exitCode !== 0)
      throw failed(command, exitCode === undefined ? `was killed by ${signal}` : `exited with ${exitCode}`);
  } finally {
    for (const signal of SIGNALS) process.off(signal, ignore);
  }
}

const SIGNALS = ['SIGINT', 'SIGQUIT'] as const;
const ignore = (): void => {};

const EDITORS: readonly Tool[] = ['sensible-editor', 'editor', 'nano', 'vi'];

function installedEditor(): string {
  for (const editor of EDITORS) {
    try {
      return binary(editor);
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'tool-missing') throw error;
    }
  }
  throw new Failure('no-editor', 'no editor was found', 'install one or name one: EDITOR=nano portfwd edit');
}

const failed = (command: string, how: string): Failure =>
  new Failure(
    'editor-failed',
    `the editor ${command} ${how}; nothing was changed`,
    'read its message, then run portfwd edit again',
  );

/** A copy that other users can neither read nor replace, for an editor. */
export interface PrivateCopy {
  readonly path: string;
  /** Removes the directory, with other files that the editor left in it. */
  readonly discard: () => void;
}

/** The copy keeps the name of the file, from which editors guess the syntax. 0600 in a new directory, 0700. */
export function privateCopy(file: string, content: Uint8Array): PrivateCopy {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-edit-'));
  const path = join(directory, basename(file));
  writeDurably(path, content, { mode: 0o600 });
  return { path, discard: () => rmSync(directory, { recursive: true, force: true }) };
}
