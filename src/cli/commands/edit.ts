import { escapeControls } from '../../finding/quote.ts';
import { Failure } from '../../failure/failure.ts';
import type { PrivateCopy } from '../../host/process/editor.ts';
import { isSame } from '../../apply/same-bytes.ts';
import type { FileFindings } from '../../apply/change.ts';
import { MAIN, partNamed, partPath, unpackParts, withPart } from '../../parts/parts.ts';
import { openModel, type EditOptions } from '../change/edit-file.ts';
import { pickForward } from '../change/pick-forward.ts';
import { printFindings } from '../print-findings.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { configPath } from '../options.ts';
import type { Session } from '../session.ts';
import { runChange } from '../change/run-change.ts';

const NEW = new TextEncoder().encode('version: 1\nforwards: []\n');

/** Runs an editor on a copy, without the lock, for as long as it takes. Then applies the text like any other change. */
export async function edit(word: string | undefined, options: EditOptions, session: Session): Promise<ExitCode> {
  const { host } = session;
  const main = configPath(undefined, options, session);
  const part = word === undefined ? MAIN : partWith(word, main, host);
  if (typeof part !== 'string') {
    printFindings({ file: main, ...part }, session);
    return EXIT.findings;
  }
  const file = partPath(main, part);
  const was = host.readConfigFileIfAny(file);
  const copy = host.privateCopy(file, was ?? NEW);
  let code: ExitCode | undefined;
  try {
    code = await rounds({ main, part, file, was, copy }, options, session);
    return code;
  } finally {
    if (isObsolete(copy, was, code, options, session)) copy.discard();
    else session.say({ kept: copy.path }, () => escapeControls(`your text is kept in ${copy.path}`));
  }
}

/** The file that the word names, or that has the forward of this name. */
function partWith(word: string, file: string, host: Session['host']): string | FileFindings {
  const named = partNamed(file, word);
  if (named !== undefined) return named;
  const opened = openModel(file, host.readModelFiles(file));
  return 'findings' in opened ? opened : opened.placeOf(pickForward(word, opened)).part;
}

interface Draft {
  readonly main: string;
  readonly part: string;
  /** Its path. */
  readonly file: string;
  readonly was: Uint8Array | undefined;
  readonly copy: PrivateCopy;
}

async function rounds(
  { main, part, file, was, copy }: Draft,
  options: EditOptions,
  session: Session,
): Promise<ExitCode> {
  const { host } = session;
  for (;;) {
    await host.runEditor(copy.path, session.env);
    const text = host.readConfigFile(copy.path);
    if (isSame(text, was ?? NEW)) return unchanged(file, session);
    const change = (current: Uint8Array | undefined): Uint8Array => {
      const now = current && unpackParts(current).find(({ name }) => name === part)?.bytes;
      if (!isSame(now, was)) throw changedMeanwhile(file);
      return withPart(current, { name: part, bytes: text });
    };
    const code = await runChange({ file: main, command: 'edit', edit: change }, options, session);
    if (code !== EXIT.findings || !host.terminal.isInteractive() || !(await again(session))) return code;
  }
}

async function again({ host }: Session): Promise<boolean> {
  for (;;) {
    const answer = await host.terminal.ask('edit again (e), or give up (g)? ');
    if (answer === undefined || /^g/i.test(answer.trim())) return false;
    if (/^e/i.test(answer.trim())) return true;
  }
}

/** The edited text is in the file, or the text was not edited. */
function isObsolete(
  copy: PrivateCopy,
  was: Uint8Array | undefined,
  code: ExitCode | undefined,
  { dryRun }: EditOptions,
  { host }: Session,
): boolean {
  if (code === EXIT.ok && dryRun !== true) return true;
  try {
    return isSame(host.readConfigFile(copy.path), was ?? NEW);
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function unchanged(file: string, { print }: Session): ExitCode {
  print({ applied: false, changed: false }, () => `${escapeControls(file)}: unchanged, nothing to apply\n`);
  return EXIT.ok;
}

const changedMeanwhile = (file: string): Failure =>
  new Failure(
    'config-changed',
    `${file} was changed while you edited it; nothing was applied`,
    'run portfwd edit again and repeat your changes in the present file',
  );
