import { binary, type Tool } from './binary.ts';
import { Failure } from '../../failure/failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Lets somebody edit the file at `path`, on our terminal and with our environment. $VISUAL and $EDITOR may hold
 * arguments, as everywhere; whoever sets them says what runs. Returns when the editor ends.
 */
export async function runEditor(path: string, env: Environment): Promise<void> {
  const command = env['VISUAL'] || env['EDITOR'] || installedEditor();
  const { execa } = await import('execa');
  // The terminal tells both of us of Ctrl-C. It is meant for the editor.
  for (const signal of SIGNALS) process.on(signal, leaveIt);
  try {
    const { exitCode, signal } = await execa(binary('sh'), ['-c', `${command} "$1"`, 'sh', path], {
      stdio: 'inherit',
      reject: false,
    });
    if (exitCode !== 0) throw failed(command, exitCode === undefined ? `by ${signal}` : `with ${exitCode}`);
  } finally {
    for (const signal of SIGNALS) process.off(signal, leaveIt);
  }
}

const SIGNALS = ['SIGINT', 'SIGQUIT'] as const;
const leaveIt = (): void => {};

const EDITORS: readonly Tool[] = ['sensible-editor', 'editor', 'nano', 'vi'];

function installedEditor(): string {
  for (const editor of EDITORS) {
    try {
      return binary(editor);
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'tool-missing') throw error;
    }
  }
  throw new Failure('no-editor', 'there is no editor', 'name one: EDITOR=nano portfwd edit');
}

const failed = (command: string, how: string): Failure =>
  new Failure('editor-failed', `the editor ${command} ended ${how}; nothing was changed`, 'see what it said');
