import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { PORTFWD_COMMAND } from './lab.ts';

/** What a change changes, and what has to be there again when it went back. */
export interface State {
  readonly ruleset: string;
  readonly forwarding: string;
  readonly file: string;
}

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A portfwd that runs, as the leader of its own process group. */
export interface Started {
  readonly pid: number;
  /** Until it has said this, on whichever output. */
  readonly says: (text: string) => Promise<void>;
  readonly type: (text: string) => void;
  readonly ended: Promise<Ended>;
}

/** A network namespace, a state directory and a model file: a machine as far as portfwd can tell. */
export interface Sandbox {
  readonly name: string;
  readonly directory: string;
  readonly state: string;
  readonly file: string;
  /** Runs a command in the namespace; never throws. */
  readonly run: (command: readonly string[]) => Promise<Ended>;
  readonly portfwd: (...args: readonly string[]) => Promise<Ended>;
  /** `through` is put before the command: a terminal, another user. */
  readonly start: (args: readonly string[], through?: (command: readonly string[]) => readonly string[]) => Started;
  readonly seen: () => Promise<State>;
  readonly write: (model: string) => void;
  /** Ends what is left in it. */
  readonly remove: () => Promise<void>;
}

const LINKS = [
  'ip link set lo up',
  'ip link add lan0 type bridge',
  'ip address add 10.0.0.1/24 dev lan0',
  'ip link set lan0 up',
  'sysctl -qw net.ipv4.ip_forward=0',
].join('; ');

let made = 0;

/** Must run inside scripts/in-lab. With `state` it is another machine that has the same disk. */
export async function startSandbox(disk?: Pick<Sandbox, 'directory'>): Promise<Sandbox> {
  const name = `sandbox-${process.pid}-${(made += 1)}`;
  const directory = disk?.directory ?? mkdtempSync(join(tmpdir(), 'portfwd-sandbox-'));
  chmodSync(directory, 0o755);
  const file = join(directory, 'portfwd.yaml');
  const state = join(directory, 'state');
  const start = inSandbox(name, { PORTFWD_CONFIG: file, PORTFWD_STATE_DIR: state });
  const run: Sandbox['run'] = async (command) => {
    const { exitCode, stdout, stderr } = await start(command);
    return { exitCode, stdout, stderr };
  };
  await execa('ip', ['netns', 'add', name]);
  await execa('ip', ['netns', 'exec', name, 'sh', '-ec', LINKS]);
  return {
    name,
    directory,
    state,
    file,
    run,
    portfwd: async (...args) => run([...PORTFWD_COMMAND, ...args]),
    start: (args, through = (command) => command) => followed(start(through([...PORTFWD_COMMAND, ...args]))),
    seen: async () => ({
      ...parts((await run(['sh', '-c', 'cat /proc/sys/net/ipv4/ip_forward; nft list ruleset'])).stdout),
      file: existsSync(file) ? readFileSync(file, 'utf8') : '',
    }),
    write: (model) => writeFileSync(file, model),
    remove: async () => {
      for (const pid of await pidsIn(name)) process.kill(pid, 'SIGKILL');
      await execa('ip', ['netns', 'delete', name]);
      if (disk === undefined) rmSync(directory, { recursive: true });
    },
  };
}

function parts(text: string): Pick<State, 'forwarding' | 'ruleset'> {
  const [forwarding = '', ...ruleset] = text.split('\n');
  return { forwarding, ruleset: ruleset.join('\n') };
}

const inSandbox = (name: string, env: Readonly<Record<string, string>>) => (command: readonly string[]) =>
  execa('ip', ['netns', 'exec', name, ...command], { env, reject: false, detached: true, cleanup: true });

/** Of everything that runs in the namespace. */
export const pidsIn = async (name: string): Promise<number[]> =>
  (await execa('ip', ['netns', 'pids', name])).stdout.split('\n').filter(Boolean).map(Number);

/** Looks until it is so. The time is a bound for what never comes, and no measure. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await sleep(50))
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
}

function followed(child: ReturnType<ReturnType<typeof inSandbox>>): Started {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
  const ended = child.then(({ exitCode, stdout, stderr }) => ({
    exitCode,
    stdout,
    stderr,
  }));
  let over = false;
  void ended.then(() => (over = true));
  return {
    pid: child.pid ?? 0,
    says: async (text) => {
      await until(text, () => said.includes(text) || over);
      if (!said.includes(text)) throw new Error(`ended without saying "${text}": ${said}`);
    },
    type: (text) => void child.stdin?.write(text),
    ended,
  };
}
