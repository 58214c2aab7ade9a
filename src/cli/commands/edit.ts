import { escapeControls } from '../../finding/quote.ts';
import { Failure } from '../../failure/failure.ts';
import type { PrivateCopy } from '../../host/process/editor.ts';
import { changeModel } from '../../apply/apply.ts';
import type { EditOptions } from './edit-file.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { configPath } from '../options.ts';
import type { World } from '../../apply/context.ts';

const NEW = new TextEncoder().encode('version: 1\nforwards: []\n');

/** An editor on a copy, for as long as it takes and without the lock; then what it left is applied like any other change. */
export async function edit(options: EditOptions, world: World): Promise<ExitCode> {
  const { host, err } = world;
  const file = configPath(undefined, options, world);
  const was = host.readConfigFileIfAny(file);
  const copy = host.privateCopy(file, was ?? NEW);
  let code: ExitCode | undefined;
  try {
    code = await rounds({ file, was, copy }, options, world);
    return code;
  } finally {
    if (isSpare(copy, was, code, options, world)) copy.discard();
    else
      err(
        `${options.json === true ? JSON.stringify({ kept: copy.path }) : escapeControls(`your text is kept in ${copy.path}`)}\n`,
      );
  }
}

interface Draft {
  readonly file: string;
  readonly was: Uint8Array | undefined;
  readonly copy: PrivateCopy;
}

async function rounds({ file, was, copy }: Draft, options: EditOptions, world: World): Promise<ExitCode> {
  const { host } = world;
  for (;;) {
    await host.runEditor(copy.path, world.env);
    const text = host.readConfigFile(copy.path);
    if (isSame(text, was ?? NEW)) return unchanged(file, options, world);
    const change = (current: Uint8Array | undefined): Uint8Array => {
      if (!isSame(current, was)) throw overtaken(file);
      return text;
    };
    const code = await changeModel({ file, command: 'edit', edit: change }, options, world);
    if (code !== EXIT.findings || !host.terminal.isInteractive() || !(await again(world))) return code;
  }
}

async function again({ host }: World): Promise<boolean> {
  for (;;) {
    const answer = await host.terminal.ask('edit again (e), or give up (g)? ');
    if (answer === undefined || /^g/i.test(answer.trim())) return false;
    if (/^e/i.test(answer.trim())) return true;
  }
}

/** What was typed is in the file, or nothing was typed. */
function isSpare(
  copy: PrivateCopy,
  was: Uint8Array | undefined,
  code: ExitCode | undefined,
  { dryRun }: EditOptions,
  { host }: World,
): boolean {
  if (code === EXIT.ok && dryRun !== true) return true;
  try {
    return isSame(host.readConfigFile(copy.path), was ?? NEW);
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function unchanged(file: string, { json }: EditOptions, { out }: World): ExitCode {
  out(
    json === true
      ? `${JSON.stringify({ applied: false })}\n`
      : `${escapeControls(file)}: unchanged, nothing to apply\n`,
  );
  return EXIT.ok;
}

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;

const overtaken = (file: string): Failure =>
  new Failure(
    'config-changed',
    `${file} was changed by somebody else meanwhile; nothing was applied`,
    'run portfwd edit again and bring your changes into what it holds now',
  );
