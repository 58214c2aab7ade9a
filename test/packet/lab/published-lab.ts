import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { PATIENCE, type Answer } from './agent.ts';
import { startLab, type Lab, type Machine } from './lab.ts';
import { until } from './until.ts';

export const OUT = '203.0.113.1';
/** Of an interface that the host gets later. */
export const LATE = '192.0.2.1';
export const BOTH = ['tcp', 'udp'] as const;

/** A service on 127.0.0.1:5000 that port 6000 publishes. */
export const model = (keys: object = {}): string =>
  `${JSON.stringify({ version: 1, forwards: [{ name: 'app', protocol: ['tcp', 'udp'], listen: 6000, target: '127.0.0.1:5000', loopback: true, ...keys }] })}\n`;

/** What the published service answers. */
export const app = (sees: string): Answer => ({ who: 'host', at: '127.0.0.1', port: 5000, sees });

/** Machines outside that give up their own 127.0.0.1 and send packets for 127.0.0.0/8 to the host. */
export const ATTACKERS = ['client', 'backend', 'neighbour'] as const;

export const gatewayOf = (machine: Machine): string => (machine === 'client' ? OUT : '10.0.0.1');

type Ask = Parameters<Lab['agents']['host']['probe']>[0];

/** Starts the lab and its services for the tests of one file; after each test all sysctls must be as they were. */
export function usePublishedLab() {
  let lab: Lab;
  let before: string;
  beforeAll(async () => {
    lab = await startLab();
    for (const protocol of BOTH) {
      await lab.agents.host.serve({ protocol, address: '127.0.0.1', port: 5000 });
      await lab.agents.host.serve({ protocol, address: '127.0.0.1', port: 7000 });
      await lab.agents.host.serve({ protocol, address: '127.0.0.5', port: 7000 });
    }
    for (const machine of ATTACKERS) await lab.sh(machine, attackThrough(gatewayOf(machine)));
    before = await sysctls();
  });
  afterAll(async () => lab.stop());
  afterEach(async () => {
    await lab.sh('host', 'nft flush ruleset; ip link delete late0 2>&1 || true');
    await lab.portfwd(['down']);
    expect(await sysctls()).toBe(before);
  });

  const sysctls = async (): Promise<string> =>
    lab.sh('host', 'cd /proc/sys/net/ipv4/conf && grep -H . */route_localnet | sort');

  const ask = async (machine: Machine, to: string, more: Partial<Ask> = {}): Promise<Answer | null> =>
    lab.agents[machine].probe({ protocol: 'tcp', to, port: 6000, timeout: PATIENCE.answer, ...more });

  const counted = async (match: string): Promise<string> =>
    lab.sh('host', `nft list table inet watch | sed -n 's/.*${match} counter packets \\([0-9]*\\) .*/\\1/p'`);

  return {
    machines: {
      sh: async (machine: Machine, command: string) => lab.sh(machine, command),
      portfwd: async (args: readonly string[], text?: string) => lab.portfwd(args, text),
      agent: (machine: Machine) => lab.agents[machine],
      lab: () => lab,
    },
    ask,
    sysctls,
    before: () => before,
    /** The interfaces, `default` or `all` for which it is on. */
    openLinks: async (): Promise<string[]> =>
      (await sysctls()).split('\n').flatMap((line) => (line.endsWith(':0') ? [] : (line.split('/')[0] ?? []))),
    apply: async (text: string): Promise<void> => {
      const { exitCode, stderr } = await lab.portfwd(['apply'], text);
      expect(exitCode, stderr).toBe(0);
    },
    /** An interface of the host that did not exist when the forwards were loaded; the client is on it. */
    addLate: async (): Promise<void> => {
      await lab.sh(
        'host',
        `ip link add late0 type veth peer name late1 netns client
         ip address add ${LATE}/24 dev late0; ip link set late0 up
         ip -n client address add 192.0.2.7/24 dev late1; ip -n client link set late1 up`,
      );
    },
    /** Every way to 127.0.0.0/8 for machines outside; must all be silent. */
    expectAttacksFail: async (attackers: readonly Machine[] = ATTACKERS): Promise<void> => {
      const tries = attackers.flatMap((machine) =>
        ['127.0.0.1', '127.0.0.5'].flatMap((to) =>
          [5000, 6000, 7000].flatMap((port) => BOTH.map((protocol) => ({ machine, to, port, protocol }))),
        ),
      );
      const timeout = PATIENCE.silence;
      const answers = await Promise.all(
        tries.map(async ({ machine, to, port, protocol }) => ask(machine, to, { port, protocol, timeout })),
      );
      expect(answers.filter((answer) => answer !== null)).toEqual([]);
    },
    /** How many packets of `send` that match `first` reach the input hook. One that matches `last` comes after them. */
    countArrivals: async (first: string, last: string, send: () => Promise<unknown>): Promise<string> => {
      const rules = [first, last].map((match) => `${match} counter;`).join(' ');
      await lab.sh('host', `nft 'table inet watch { chain input { type filter hook input priority 0; ${rules} }; }'`);
      await send();
      await until('the last packet is counted', async () => (await counted(last)) === '1');
      const count = await counted(first);
      await lab.sh('host', 'nft delete table inet watch; conntrack -F 2>&1');
      return count;
    },
  };
}

export const attackThrough = (gateway: string): string => `
  ip address delete 127.0.0.1/8 dev lo 2>&1 || true
  sysctl -qw net.ipv4.conf.all.route_localnet=1
  ip route replace 127.0.0.0/8 via ${gateway}`;
