import { execa } from 'execa';
import { expect } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { PORTFWD_COMMAND, type Lab, type Machine } from '../lab/lab.ts';

interface ShownCause {
  readonly code: string;
  readonly level: string;
  readonly message: string;
  readonly remedy: string;
  readonly commands: readonly string[];
}

interface ShownVerdict {
  readonly name: string;
  readonly verdict: string;
  readonly causes: readonly ShownCause[];
  readonly evidence: readonly { readonly at: string; readonly found: string }[];
  readonly changed: string | null;
}

export interface Shown {
  readonly ok: boolean;
  readonly forwards: readonly ShownVerdict[];
  readonly host: readonly ShownCause[];
  readonly unknown: readonly string[];
}

/** What doctor prints as JSON. The exit code must agree with it. */
export async function doctor(lab: Lab, ...options: readonly string[]): Promise<Shown> {
  const { exitCode, stdout, stderr } = await lab.portfwd(['doctor', '--json', ...options]);
  expect(stderr).toBe('');
  const shown = JSON.parse(stdout) as Shown;
  expect(exitCode).toBe(shown.ok ? 0 : 1);
  return shown;
}

/** Runs a script on the host, in which `portfwd` is the built command. */
export async function onHost(lab: Lab, script: string): Promise<string> {
  const as = `portfwd() { ${PORTFWD_COMMAND.join(' ')} "$@"; }`;
  const { stdout } = await execa('ip', ['netns', 'exec', 'host', 'sh', '-ec', `${as}\n${script}`], { env: lab.env });
  return stdout;
}

export interface Request {
  readonly to?: string;
  readonly port?: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly from?: string;
}

/** The machine that answers the client; undefined: none. */
export async function answered(
  { agents }: Lab,
  { to = '203.0.113.1', port = 6000, protocol = 'tcp', ...from }: Request,
  timeout: number = PATIENCE.answer,
): Promise<string | undefined> {
  return (await agents.client.probe({ protocol, to, port, timeout, ...from }))?.who;
}

export type Scripts = Readonly<Partial<Record<Machine, string>>>;

/** In the order of the keys. */
export async function runAll(lab: Lab, scripts: Scripts): Promise<void> {
  for (const [machine, script] of Object.entries(scripts) as [Machine, string][])
    await (machine === 'host' ? onHost(lab, script) : lab.sh(machine, script));
}
