import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Failure } from '../../failure/failure.ts';
import { binary } from '../process/binary.ts';
import { FIXED_ENVIRONMENT } from '../process/children.ts';
import { scratchNetwork } from '../process/scratch-namespace.ts';

/** A process in a network namespace of its own, which ends with it. */
export interface Machine {
  readonly pid: number;
  /** Throws what the machine said if it fails. */
  readonly order: (order: object) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** The first machine makes the user namespace, if one is needed; the others are in it. Throws a Failure. */
export async function startMachine(agent: string, first?: Machine): Promise<Machine> {
  const unshare = [binary('unshare'), ...(first === undefined ? scratchNetwork() : ['--net'])];
  const needsUser = first !== undefined && scratchNetwork().length > 1;
  const enter = needsUser ? [binary('nsenter'), '--preserve-credentials', '--user', `--target=${first.pid}`] : [];
  const [file, ...args] = [...enter, ...unshare, process.execPath, agent];
  const child = spawn(file, args, { cwd: '/', env: FIXED_ENVIRONMENT });
  // Then it has no streams either: too many files are open, for example.
  if (child.pid === undefined) throw noNamespace(String((await once(child, 'error'))[0]));
  const { pid } = child;
  const waiting = new Map<number, Waiting>();
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  const fail = (): void => {
    for (const { reject } of waiting.values()) reject(new Error(errors));
  };
  const ended = new Promise<void>((resolve) => {
    child.on('error', fail).on('close', () => {
      fail();
      resolve();
    });
  });
  const reply = async (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => void waiting.set(id, { resolve, reject }));
  try {
    await reply(0);
  } catch {
    throw noNamespace(errors);
  }
  let last = 0;
  return {
    pid,
    order: async (order) => {
      const id = (last += 1);
      const answer = reply(id);
      child.stdin.write(`${JSON.stringify({ id, order })}\n`);
      return answer;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const noNamespace = (detail: string): Failure =>
  new Failure(
    'nft-no-namespace',
    'could not create the network namespaces to try the forwards in',
    'run as root, or allow user namespaces (sysctls user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)',
    detail,
  );
