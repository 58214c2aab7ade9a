import { startSandbox, type Sandbox } from '../packet/lab/sandbox.ts';

/** Sandboxes for the tests that vitest runs at the same time (maxConcurrency). */
export interface SandboxPool {
  /** For what is worked out before the tests. */
  readonly first: Sandbox;
  /** Lends one to `work`. */
  readonly use: <T>(work: (sandbox: Sandbox) => Promise<T>) => Promise<T>;
  readonly remove: () => Promise<void>;
}

export async function startSandboxPool(): Promise<SandboxPool> {
  const first = await startSandbox();
  const all = [first, ...(await Promise.all(Array.from({ length: 4 }, async () => startSandbox())))];
  const free = [...all];
  return {
    first,
    use: async (work) => {
      const sandbox = free.pop();
      if (sandbox === undefined) throw new Error('there are more tests at the same time than sandboxes');
      try {
        return await work(sandbox);
      } finally {
        free.push(sandbox);
      }
    },
    remove: async () => {
      await Promise.all(all.map(async (sandbox) => sandbox.remove()));
    },
  };
}
