import { fork, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { PoolRunnerInitializer, WorkerRequest } from 'vitest/node';

const IN_LAB = new URL('../../scripts/in-lab', import.meta.url).pathname;

/** Runs the tests and, in them, the built program. vitest itself needs Node 20; scripts/node-versions names other versions. */
const NODE = process.env['PORTFWD_NODE'] ?? process.execPath;

/** Milliseconds without the result of a test or any output, after which a worker is killed. No test may take so long. */
const SILENCE = 420_000;

/** Each test file gets a process in namespaces of its own (scripts/in-lab), so that files can run side by side. */
export const labPool = poolOf('lab', IN_LAB, NODE);

/** The same without namespaces. */
export const nodePool = poolOf('node', NODE);

function poolOf(name: string, execPath: string, ...before: readonly string[]): PoolRunnerInitializer {
  return {
    name,
    createPoolWorker: ({ distPath, env, execArgv, project }) => {
      const { outputStream, errorStream } = project.vitest.logger;
      let child: ChildProcess;
      let unwatch: (() => void) | undefined;
      let files = '';
      return {
        name,
        cacheFs: true,
        on: (event, callback) => void child.on(event, callback),
        off: (event, callback) => void child.off(event, callback),
        send: (message) => {
          files = filesOf(message) ?? files;
          child.send(message);
        },
        deserialize: (data) => data,
        start: async () => {
          child = fork(`${distPath}/workers/forks.js`, [], {
            execPath,
            execArgv: [...before, ...execArgv],
            env,
            serialization: 'advanced',
            stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // no socket as input: bash would read the user's .bashrc
          });
          child.stdout?.on('data', (chunk: Buffer) => void (outputStream as Writable).write(chunk));
          child.stderr?.on('data', (chunk: Buffer) => void (errorStream as Writable).write(chunk));
          unwatch = watch(child, (what) => void (errorStream as Writable).write(`${files}: ${what}\n`));
        },
        // SIGKILL, because unshare(1) blocks SIGTERM. The kernel then ends everything in the namespaces.
        stop: async () => {
          unwatch?.();
          if (child.exitCode !== null || child.signalCode !== null) return;
          const exited = new Promise((resolve) => child.once('exit', resolve));
          child.kill('SIGKILL');
          await exited;
        },
      };
    },
  };
}

const filesOf = (message: WorkerRequest): string | undefined =>
  message.type === 'run' ? message.context.files.map(({ filepath }) => filepath).join(', ') : undefined;

/** Reports a worker that ends by itself, since vitest does not name the file. In CI it kills a worker that hangs. */
function watch(child: ChildProcess, report: (what: string) => void): () => void {
  const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
    report(`its process ended with ${signal ?? code}`);
  const onSilence = (): void => {
    report(`killed, because nothing came from it for ${SILENCE / 1000} s`);
    child.kill('SIGKILL');
  };
  let timer: NodeJS.Timeout | undefined;
  const restart = (): void => {
    clearTimeout(timer);
    timer = process.env['CI'] === undefined ? undefined : setTimeout(onSilence, SILENCE);
  };
  const stop = (): void => {
    clearTimeout(timer);
    child.off('message', restart).off('exit', onExit);
    child.stdout?.off('data', restart);
  };
  restart();
  child.on('message', restart).on('exit', onExit).on('exit', stop);
  child.stdout?.on('data', restart);
  return stop;
}
