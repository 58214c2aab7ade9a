import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { PORTFWD_COMMAND } from './lab.ts';
import { pidsIn, signalProcess } from './processes.ts';
import { until } from './until.ts';

/** What a change touches, and what a reverted change must restore. */
export interface State {
  readonly ruleset: string;
  readonly forwarding: string;
  readonly file: string;
}

interface Result {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running portfwd, as the leader of its own process group. */
export interface Started {
  readonly pid: number;
  /** Returns when stdout and stderr have this text. */
  readonly waitForOutput: (text: string | RegExp) => Promise<void>;
  readonly type: (text: string) => void;
  readonly ended: Promise<Result>;
}

/** A network namespace, a state directory and a model file: a separate machine, as far as portfwd can tell. */
export interface Sandbox {
  readonly name: string;
  readonly directory: string;
  readonly state: string;
  readonly file: string;
  /** Runs a command in the namespace; never throws. */
  readonly run: (command: readonly string[]) => Promise<Result>;
  readonly portfwd: (...args: readonly string[]) => Promise<Result>;
  /** `through` changes the command: it can add a terminal or another user in front. */
  readonly start: (args: readonly string[], through?: (command: readonly string[]) => readonly string[]) => Started;
  readonly seen: () => Promise<State>;
  readonly write: (model: string) => void;
  /** Also ends the processes in it. */
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

/** Must run inside scripts/in-lab. With `disk` it is another machine on the same disk. */
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
      await until('all processes of the sandbox have ended', async () => {
        const pids = await pidsIn(name);
        for (const pid of pids) signalProcess(pid, 'SIGKILL');
        return pids.length === 0;
      });
      await execa('ip', ['netns', 'delete', name]);
      if (disk === undefined) rmSync(directory, { recursive: true });
    },
  };
}

/** Of the counters, only whether they are there: a change that is reverted was counted. */
function parts(text: string): Pick<State, 'forwarding' | 'ruleset'> {
  const [forwarding = '', ...ruleset] = text.split('\n');
  return { forwarding, ruleset: ruleset.join('\n').replace(COUNTERS, '$1\n') };
}

const COUNTERS = /^(table inet portfwd_counters) \{\n[^]*?^\}\n?/m;

const inSandbox = (name: string, env: Readonly<Record<string, string>>) => (command: readonly string[]) =>
  execa('ip', ['netns', 'exec', name, ...command], { env, reject: false, detached: true, cleanup: true });

function followed(child: ReturnType<ReturnType<typeof inSandbox>>): Started {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const ended = child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }));
  let over = false;
  void ended.then(() => (over = true));
  return {
    pid: child.pid ?? 0,
    waitForOutput: async (text) => {
      const isThere = (): boolean => (typeof text === 'string' ? output.includes(text) : text.test(output));
      await until(`the output has ${String(text)}`, () => isThere() || over);
      if (!isThere()) throw new Error(`ended without ${String(text)}: ${output}`);
    },
    type: (text) => void child.stdin?.write(text),
    ended,
  };
}
