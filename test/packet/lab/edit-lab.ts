import { chmodSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { startSandbox, type Sandbox, type State } from './sandbox.ts';

/** With a comment at every place where one can be lost. */
export const MODEL = `# who changes this file: run portfwd apply
version: 1
forwarding: ignore
forwards:
  # the shop
  - name: web # behind the bridge
    listen: 8080
    target: "10.0.0.2:80"

  - "6000:10.0.0.3:5000" # by hand
# the end
`;

/** A file that can be edited, and its forwards in the kernel. */
export interface EditLab {
  readonly sandbox: Sandbox;
  readonly before: State;
  readonly fileNow: () => string;
  /** What the kernel has is what the file says. */
  readonly inSync: () => Promise<void>;
  /** As the history has them. */
  readonly commands: () => Promise<string[]>;
}

export async function startEditLab(): Promise<EditLab> {
  const sandbox = await startSandbox();
  sandbox.write(MODEL);
  chmodSync(sandbox.file, 0o640);
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  return {
    sandbox,
    before: await sandbox.seen(),
    fileNow: () => readFileSync(sandbox.file, 'utf8'),
    inSync: async () => expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0 }),
    commands: async () => {
      const { generations } = JSON.parse((await sandbox.portfwd('history', '--json')).stdout) as {
        generations: { command: string }[];
      };
      return generations.map(({ command }) => command);
    },
  };
}
