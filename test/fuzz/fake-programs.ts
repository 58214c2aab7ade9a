import type { SpawnOptions } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

/** What programs printed on a real host: scripts/in-lab scripts/fuzz.d/record prints this file. */
export const OUTPUTS = JSON.parse(readFileSync('test/fuzz/recorded-outputs.json', 'utf8')) as Readonly<
  Record<string, string>
>;

/** How a program ends. */
export interface Ending {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** From the name of an output, or from an argument list, to what the program prints this time. */
export type Outputs = (name: string) => Ending;

let outputs: Outputs;
export const use = (next: Outputs): void => void (outputs = next);

/** In place of the one of Node: no program runs. It answers when its standard input, if it has one, has ended. */
export function spawn(path: string, args: readonly string[], { stdio = [] }: SpawnOptions): unknown {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const child = Object.assign(new EventEmitter(), { pid: 1, stdout, stderr, kill: () => true, unref: () => {} });
  const answer = async (input?: string): Promise<void> => {
    const ending = endingOf(basename(path), args, input);
    if (typeof stdio[1] === 'number') writeSync(stdio[1], ending.stdout);
    else stdout.write(ending.stdout);
    stdout.end();
    stderr.end(ending.stderr);
    await Promise.all([stdout, stderr].map(async (stream) => once(stream, 'close')));
    child.emit('close', ending.exitCode ?? null, ending.exitCode === undefined ? 'SIGKILL' : null);
  };
  if (stdio[0] !== 'pipe') {
    void answer();
    return child;
  }
  const stdin = new PassThrough();
  void text(stdin).then(answer);
  return Object.assign(child, { stdin });
}

function endingOf(program: string, args: readonly string[], input: string | undefined): Ending {
  const words = args.join(' ');
  if (program === 'unshare') return outputs('nft -j -n list table inet portfwd');
  if (input === undefined || program === 'perl') return outputs(nameOf(program, words));
  const options = args.filter((word) => word === '-4' || word === '-6');
  const endings = input
    .trimEnd()
    .split('\n')
    .map((line) => outputs(nameOf('ip', [...options, '-j', line].join(' '))));
  return {
    exitCode: endings.some(({ exitCode }) => exitCode === undefined)
      ? undefined
      : Math.max(...endings.map(({ exitCode = 0 }) => exitCode)),
    stdout: endings.map(({ stdout }) => stdout).join(''),
    stderr: endings
      .map(({ stderr, exitCode }, at) => (exitCode === 0 ? stderr : `${stderr}Command failed -:${at + 1}\n`))
      .join(''),
  };
}

/** The most similar command line that was recorded. */
function nameOf(program: string, words: string): string {
  const line = `${program} ${words}`;
  if (OUTPUTS[line] !== undefined) return line;
  if (words.includes('route get'))
    return words.includes('::')
      ? 'ip -j route get fibmatch 2001:db8::10'
      : `ip -j route get fibmatch 192.168.${line.length % 2 === 0 ? '0' : '7'}.2`;
  const [first = line] = Object.keys(OUTPUTS)
    .filter((name) => name.startsWith(`${program} `))
    .map((name) => ({ name, same: name.split(' ').filter((word) => line.split(' ').includes(word)).length }))
    .sort((a, b) => b.same - a.same)
    .map(({ name }) => name);
  return first;
}
