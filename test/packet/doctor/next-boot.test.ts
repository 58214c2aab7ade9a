import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent, type Agent } from '../lab/agent.ts';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import type { Shown } from './doctor-lab.ts';
import { FORWARD_DROP } from './set-up.ts';

/** The boot files of a host whose forward works. */
let host: BootHost;
let target: Agent;
beforeAll(async () => {
  host = await startBootHost();
  await execa('sh', [
    '-ec',
    `ip netns add target
     ip link add port1 netns ${host.sandbox.name} type veth peer name eth0 netns target
     ip netns exec target sh -ec 'ip address add 10.0.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.0.1'`,
  ]);
  await ok('ip link set port1 master lan0 up');
  target = await startAgent('target');
  await target.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  host.sandbox.write(model(6000));
  await ok('bridge link set dev port1 hairpin on; portfwd apply; portfwd enable');
});
afterAll(async () => {
  await target.stop();
  await host.remove();
  await execa('ip', ['netns', 'delete', 'target']);
});

const model = (listen: number): string =>
  `version: 1\nforwarding: enable\nforwards:\n- {name: web, listen: ${listen}, target: "10.0.0.2:5000"}\n`;
const DROP_IN = 'etc/nftables.d/portfwd.nft';

/** `portfwd` in the script is the built command. */
async function ok(script: string): Promise<void> {
  const { exitCode, stderr } = await host.run(`{ portfwd() { ${PORTFWD_COMMAND.join(' ')} "$@"; }; ${script}; }`);
  expect(exitCode, `${script}: ${stderr}`).toBe(0);
}

async function doctor(): Promise<Shown> {
  const { exitCode, stdout } = await host.portfwd('doctor', '--json');
  const shown = JSON.parse(stdout) as Shown;
  expect(exitCode, stdout).toBe(shown.ok ? 0 : 1);
  return shown;
}

const path = (name: string): string => join(host.sandbox.directory, name);

interface Broken {
  readonly name: string;
  readonly breaks: () => Promise<void>;
  readonly says: RegExp;
}

/** Each is looked at after the one before was fixed as doctor said. */
const BROKEN: readonly Broken[] = [
  {
    name: 'a boot file is missing',
    breaks: async () => ok(`rm /${DROP_IN}`),
    says: /portfwd\.nft is missing$/,
  },
  {
    name: 'a boot file was edited',
    breaks: async () => Promise.resolve(writeFileSync(path(DROP_IN), `${readFileSync(path(DROP_IN), 'utf8')}# mine\n`)),
    says: /portfwd\.nft is not as portfwd wrote it$/,
  },
  {
    name: 'the link of the service is missing',
    breaks: async () => ok('rm /etc/systemd/system/multi-user.target.wants/portfwd.service'),
    says: /portfwd\.service is missing$/,
  },
  {
    name: 'the boot files and their record are from a backup',
    breaks: async () => {
      await ok('cp -a /etc /run/backup; cp -a /var/lib/portfwd/boot.json /run/backup');
      host.sandbox.write(model(6001));
      await ok('portfwd apply --allow-removals; mv /run/backup/boot.json /var/lib/portfwd; cp -a /run/backup/. /etc');
    },
    says: /load another ruleset than the one that is loaded now$/,
  },
];

test.each(BROKEN)('$name', async ({ breaks, says }) => {
  await breaks();
  const shown = await doctor();
  expect(shown).toMatchObject({ ok: false, host: [{ code: 'boot-differs', level: 'fault' }] });
  expect(shown.host[0]?.message).toMatch(says);
  expect(shown.forwards[0]?.causes).toEqual([]);
  for (const command of shown.host[0]?.commands ?? []) await ok(command.replace('/root/', '/var/lib/'));
});

test('a boot file is missing, and a firewall drops what is forwarded', async () => {
  expect(await doctor()).toMatchObject({ ok: true, host: [] });
  await ok(`rm /${DROP_IN}; ${FORWARD_DROP}`);
  const { host: ofHost, forwards } = await doctor();
  expect([ofHost.map(({ code }) => code), forwards[0]?.causes[0]?.code]).toEqual([['boot-differs'], 'dropped']);
});
