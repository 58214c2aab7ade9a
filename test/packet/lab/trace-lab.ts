import { chmodSync, copyFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from './until.ts';
import { PATIENCE } from './agent.ts';
import { PORTFWD_COMMAND, startLab, type Lab, type Machine } from './lab.ts';

/** What `trace --json` prints, as far as tests look at it. */
export interface TraceJson {
  readonly active: boolean;
  readonly ended: string;
  readonly others: number;
  readonly connections: readonly TracedJson[];
}

interface TracedJson {
  readonly protocol: string;
  readonly from: { readonly address: string; readonly port: number };
  readonly to: { readonly address: string; readonly port: number };
  readonly destination: { readonly address: string; readonly port: number };
  readonly forward: string | null;
  readonly repeats: number;
  readonly steps: readonly { readonly kind: string; readonly interface?: string }[];
  readonly answer: {
    readonly from: { readonly address: string };
    readonly steps: readonly { readonly kind: string; readonly interface?: string }[];
  } | null;
  readonly verdict: {
    readonly kind: string;
    readonly text: string;
    readonly hook?: string;
    readonly table?: string;
    readonly chain?: string;
  };
}

export interface TraceRun {
  readonly pid: number;
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string }>;
}

/** The names of the tables that traces have in the namespace now. */
export async function traceTables(namespace = 'host'): Promise<readonly string[]> {
  const { stdout } = await execa('ip', ['netns', 'exec', namespace, 'nft', 'list', 'tables']);
  return stdout.match(/pf_trace_\w+/g) ?? [];
}

type TraceEnv = Readonly<Record<string, string>> & { readonly NFT?: string; readonly SH?: string };

/** Starts `portfwd trace` as the leader of its own process group. NFT and SH in the environment are its nft and its sh. */
export function spawnTrace(env: TraceEnv, ...args: readonly string[]) {
  const { NFT = NFT_PATH, SH = SH_PATH } = env;
  const mounted = ['unshare', '-m', 'sh', '-c', MOUNTED, NFT, SH];
  const command = ['netns', 'exec', 'host', ...mounted, ...PORTFWD_COMMAND, 'trace', ...args];
  return execa('ip', command, { env, reject: false, detached: true });
}

/** Returns when it traces. */
export async function startTrace(env: TraceEnv, ...args: readonly string[]): Promise<TraceRun> {
  const before = await traceTables();
  const child = spawnTrace(env, ...args);
  let over = false;
  const ended = child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }));
  void ended.then(() => (over = true));
  await until('the trace has begun', async () => over || (await traceTables()).length > before.length);
  return { pid: child.pid ?? 0, ended };
}

const NFT_PATH = '/usr/sbin/nft';
const SH_PATH = realpathSync('/bin/sh');
const MOUNTED = `mount --bind "$0" ${NFT_PATH} && mount --bind "$1" ${SH_PATH} && shift && exec "$@"`;

/** A sh that takes its time to start. */
export function writeSlowShell(directory: string): string {
  const [itself, path] = [join(directory, 'sh-itself'), join(directory, 'slow-sh')];
  copyFileSync(SH_PATH, itself);
  writeFileSync(path, `#!${itself}\nsleep 0.5\nexec ${itself} "$@"\n`, { mode: 0o755 });
  return path;
}

/** An nft that knows no owners of tables, as nft 0.9.8 and kernels before 5.12. */
export function writeOldNft(directory: string): string {
  copyFileSync(NFT_PATH, join(directory, 'nft-itself'));
  chmodSync(join(directory, 'nft-itself'), 0o755);
  const path = join(directory, 'old-nft');
  const script = `#!/bin/sh\n[ "$1" != -i ] || { echo 'Error: unknown table option owner' >&2; exit 1; }\nexec ${directory}/nft-itself "$@"\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

/** Traces while `act` sends packets: what it printed as JSON, and its exit code. */
export async function traced(
  env: TraceEnv,
  args: readonly string[],
  act: () => Promise<unknown>,
): Promise<TraceJson & { readonly exit: number | undefined }> {
  const trace = await startTrace(env, '--json', ...args);
  await act();
  const { exitCode, stdout, stderr } = await trace.ended;
  if (stdout === '') throw new Error(`trace printed nothing: ${stderr}`);
  return { ...(JSON.parse(stdout) as TraceJson), exit: exitCode };
}

const MODEL = `version: 1
forwards:
- {name: web, protocol: [tcp, udp], listen: 6000, target: "10.0.0.2:5000"}
- {name: six, listen: "[::]:6000", target: "[2001:db8:2::2]:5000"}
- {name: own, protocol: [tcp, udp], listen: 6001, target: "192.168.0.2:5000"}
- {name: shifted, listen: ["203.0.113.1:7000-7010", "203.0.113.2:7100-7110"], target: "10.0.0.2:5000-5010"}
- {name: limited, listen: 6002, target: "10.0.0.2:5000", from: 198.51.100.0/24}
- {name: closed, protocol: [tcp, udp], listen: 6003, target: "10.0.0.2:5999"}
- {name: absent, protocol: [tcp, udp], listen: 6004, target: "10.0.0.99:5000"}
- {name: shut, listen: 6005, target: "192.168.0.2:5999"}
- {name: many, listen: 6006, target: "10.0.0.2:5000", masquerade: always}
- {name: off, listen: 6007, target: "10.0.0.2:5000", enabled: false}
`;

/** The forwards above, loaded, and services for most of them. */
export async function startTraceLab(): Promise<Lab> {
  const lab = await startLab();
  for (const protocol of ['tcp', 'udp'] as const) {
    await lab.agents.backend.serve({ protocol, address: '10.0.0.2', port: 5000 });
    await lab.agents.host.serve({ protocol, address: '192.168.0.2', port: 5000 });
  }
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5003 });
  await lab.agents.backend.serve({ protocol: 'tcp', address: '2001:db8:2::2', port: 5000 });
  await lab.portfwd(['apply'], MODEL);
  return lab;
}

interface Connect {
  readonly from?: Machine;
  readonly to?: string;
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly source?: string;
}

/** What `trace` tells of one connection. */
export async function traceOne(
  lab: Lab,
  name: string,
  { from = 'client', to = '203.0.113.1', port, protocol = 'tcp', source }: Connect,
) {
  const timeout = PATIENCE.silence;
  const bound = source === undefined ? {} : { from: source };
  const trace = await traced(lab.env, [name, '--count', '1', '--seconds', '60'], async () =>
    lab.agents[from].probe({ protocol, to, port, timeout, ...bound }),
  );
  const [connection] = trace.connections;
  if (connection === undefined) throw new Error('nothing was traced');
  return { ...connection, exit: trace.exit };
}
