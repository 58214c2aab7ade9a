import { fork, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { PoolRunnerInitializer } from 'vitest/node';

const IN_LAB = new URL('../../scripts/in-lab', import.meta.url).pathname;

/** The Node that runs the tests, and the built program in them: scripts/node-versions names another one. */
const NODE = process.env['PORTFWD_NODE'] ?? process.execPath;

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
      return {
        name,
        cacheFs: true,
        on: (event, callback) => void child.on(event, callback),
        off: (event, callback) => void child.off(event, callback),
        send: (message) => void child.send(message),
        deserialize: (data) => data,
        start: async () => {
          child = fork(`${distPath}/workers/forks.js`, [], {
            execPath,
            execArgv: [...before, ...execArgv],
            env,
            serialization: 'advanced',
            stdio: 'pipe',
          });
          child.stdout?.on('data', (chunk: Buffer) => void (outputStream as Writable).write(chunk));
          child.stderr?.on('data', (chunk: Buffer) => void (errorStream as Writable).write(chunk));
        },
        // SIGKILL, because unshare(1) blocks SIGTERM. The kernel then ends everything in the namespaces.
        stop: async () => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const exited = new Promise((resolve) => child.once('exit', resolve));
          child.kill('SIGKILL');
          await exited;
        },
      };
    },
  };
}
