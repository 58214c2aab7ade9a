import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conntrackBy } from '../../src/host/conntrack/conntrack.ts';
import { systemHost, type Host } from '../../src/host/host.ts';
import { run as runTool } from '../../src/host/process/run.ts';
import { thisNetwork } from '../../src/host/state/network.ts';
import { packParts } from '../../src/parts/parts.ts';
import { run } from '../../src/cli/program.ts';

import { OUTPUTS } from './fake-programs.ts';

export { OUTPUTS, use, type Ending } from './fake-programs.ts';

/** The forwards whose table was recorded. */
export const MODEL = `version: 1
forwarding: enable
forwards:
  - "6000:192.168.0.2:5000"
  - {name: dns, protocol: [tcp, udp], listen: [203.0.113.1:53, "*:54"], target: 10.0.0.53, interface: wan0}
  - {listen: "[::]:443", target: "[2001:db8::10]:8443", comment: "a \\u00e9"}
  - {listen: 27000-27100, target: 10.0.0.7:28000-28100, from: [10.0.0.0/8], mss: clamp}
`;

/** What was applied before: a model in several files. */
const SEVERAL_FILES = packParts(Buffer.from('version: 1\nforwards: []\n'), [
  {
    name: 'dns.json',
    bytes: Buffer.from('{"forwards": [{"listen": 53, "target": "192.168.0.2", "protocol": "udp"}]}'),
  },
  { name: 'web.yaml', bytes: Buffer.from('forwards:\n  - "6000:192.168.0.2:5000"\n') },
]);

/** Nothing of this machine is changed. */
export const HOST: Host = {
  ...systemHost,
  sysctl: { ...systemHost.sysctl, write: () => {}, inspect: () => {} } as Host['sysctl'],
  syslog: async () => {},
  sleep: async () => {},
  // This machine may track no connections.
  conntrack: conntrackBy(runTool),
};

/** Files of the state directory, by name, as portfwd writes them. */
export async function recordedState(): Promise<Readonly<Record<string, string>>> {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-recorded-'));
  const marker = /pf_gen_\w+/.exec(OUTPUTS['nft -j list chains'] ?? '')?.[0] ?? '';
  const applied = { marker, model: Buffer.from(MODEL), enableForwarding: false };
  const about = { user: 'root', command: 'apply', file: join(directory, 'portfwd.yaml'), marker, forwards: 4 };
  systemHost.applied.write(directory, applied);
  systemHost.history.record(directory, SEVERAL_FILES, about);
  systemHost.history.record(directory, applied.model, about);
  systemHost.sysctl.writeSaved(directory, { 'net/ipv4/ip_forward': '0', 'net/ipv4/conf/lan0/forwarding': '0' });
  systemHost.boot.writeEnabledIn(directory);
  systemHost.pending.write(directory, {
    id: 'ab12',
    network: thisNetwork().replace(/^./, 'x'),
    deadline: 1,
    ...about,
    now: applied,
    before: { ...applied, marker: 'pf_gen_0' },
    edited: { text: applied.model, was: undefined },
    turnsRoutingOn: true,
    reverter: { kind: 'process', pid: 2_147_483_647 },
  });
  const window = readFileSync(join(directory, 'window.json'), 'utf8');
  await systemHost.pending.close(directory, 'ab12', 'reverted');
  writeFileSync(
    join(directory, 'boot.json'),
    JSON.stringify({
      version: 1,
      marker,
      files: [{ path: '/x/portfwd.nft', contents: ['0'] }],
      links: [{ path: '/x/link', target: 'y' }],
      directories: [],
    }),
  );
  const names = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map(({ name, parentPath, path }) => join(parentPath ?? path, name));
  const state = Object.fromEntries(files.map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]));
  rmSync(directory, { recursive: true });
  return { ...state, 'window.json': window };
}

interface Told {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command with these files in its state directory. Throws what main.ts would call a bug. */
export async function runWith(args: readonly string[], state: Readonly<Record<string, string>>): Promise<Told> {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-fuzz-'));
  try {
    await mkdir(join(directory, 'history'), { mode: 0o700 });
    const config = join(directory, 'portfwd.yaml');
    writeFileSync(config, MODEL);
    for (const [name, text] of Object.entries(state)) writeFileSync(join(directory, name), text, { mode: 0o600 });
    let [out, err] = ['', ''];
    const exit = await run(
      args,
      {
        host: HOST,
        out: (text) => void (out += text),
        isRead: () => true,
        err: (text) => void (err += text),
        env: { PORTFWD_CONFIG: config, PORTFWD_STATE_DIR: directory },
        self: ['/bin/false'],
      },
      '0',
    );
    return { exit, out, err };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
