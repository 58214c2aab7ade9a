import type { Protocol } from '../lab/agent.ts';
import type { Lab } from '../lab/lab.ts';
import { modelOf, type Scenario, type ScenarioForward } from './scenario.ts';

/** A way to make the forwards of a scenario work on the lab's host, and to take it back. */
export interface Implementation {
  readonly name: string;
  /** False where it has no words for what the scenario asks. */
  readonly can: (scenario: Scenario) => boolean;
  readonly load: (lab: Lab, scenario: Scenario) => Promise<void>;
  readonly unload: (lab: Lab) => Promise<void>;
}

export const PORTFWD: Implementation = {
  name: 'portfwd',
  can: () => true,
  load: async (lab, scenario) => {
    if (scenario.covers === true) await lab.force(modelOf(scenario));
    else succeed(await lab.portfwd(['apply'], modelOf(scenario)));
  },
  unload: async (lab) => succeed(await lab.portfwd(['down'])),
};

/** Neither has keys for anything but addresses and ports; both could be given rules by hand. */
const isPlain = ({ forwards, turnsRoutingOn }: Scenario): boolean =>
  turnsRoutingOn === undefined &&
  forwards.every(
    ({ listen, interface: name, from, masquerade, loopback, mss }) =>
      !/^[a-z]/.test(listen) && [name, from, masquerade, loopback, mss].every((value) => value === undefined),
  );

/** The usual iptables rules: one in PREROUTING and one in OUTPUT for each forward. */
export const IPTABLES: Implementation = {
  name: 'two iptables rules',
  can: isPlain,
  load: async (lab, { forwards }) => void (await lab.sh('host', forwards.flatMap(twoRules).join('\n'))),
  unload: async (lab) => void (await lab.sh('host', 'iptables -t nat -F\nip6tables -t nat -F')),
};

function twoRules(forward: ScenarioForward): string[] {
  const { protocol, target } = forward;
  const { address, ports } = partsOf(forward.listen);
  const command = isIp6(forward) ? 'ip6tables' : 'iptables';
  const destination = address === undefined ? '' : `-d ${address} `;
  const to = target.replace(/^\[([^\]]*)\]$/, '$1');
  return ['PREROUTING', 'OUTPUT'].map(
    (chain) =>
      `${command} -t nat -A ${chain} -p ${protocol} ${destination}--dport ${ports.replace('-', ':')} -j DNAT --to-destination ${to}`,
  );
}

/**
 * The translation that a container engine writes for published ports, its user-space proxy switched off: the
 * targets' bridge is its network, and each port has rules of its own. What it filters besides is left out.
 */
export const CONTAINERS: Implementation = {
  name: "a container engine's rules",
  can: isPlain,
  load: async (lab, { forwards }) => {
    const tables = (['ip', 'ip6'] as const).map((family) =>
      engineTable(
        family,
        forwards.filter((forward) => isIp6(forward) === (family === 'ip6')),
      ),
    );
    await lab.sh('host', `sysctl -qw net.ipv4.conf.in0.route_localnet=1\nnft -f - <<'EOF'\n${tables.join('')}EOF`);
  },
  unload: async (lab) =>
    void (await lab.sh(
      'host',
      'nft delete table ip engine\nnft delete table ip6 engine\nsysctl -qw net.ipv4.conf.in0.route_localnet=0',
    )),
};

function engineTable(family: 'ip' | 'ip6', forwards: readonly ScenarioForward[]): string {
  const mappings = forwards.flatMap(mappingsOf);
  const subnet = family === 'ip' ? '10.0.0.0/24' : '2001:db8:2::/64';
  const dnat = mappings.map(
    ({ protocol, address, port, target, targetPort }) =>
      `${family === 'ip6' ? 'ip6 saddr != fe80::/10 ' : ''}${address === undefined ? '' : `${family} daddr ${address} `}${protocol} dport ${port} dnat to ${bracketed(target)}:${targetPort}`,
  );
  const own = mappings.map(
    ({ protocol, target, targetPort }) =>
      `${family} saddr ${target} ${family} daddr ${target} ${protocol} dport ${targetPort} masquerade`,
  );
  return `table ${family} engine {
  chain ports { ${dnat.join('; ')}; }
  chain prerouting { type nat hook prerouting priority -100; fib daddr type local jump ports; }
  chain output { type nat hook output priority -100; fib daddr type local jump ports; }
  chain postrouting { type nat hook postrouting priority 100; ${family} saddr ${subnet} oifname != "in0" masquerade; oifname "in0" fib saddr type local masquerade; ${own.join('; ')}; }
}
`.replaceAll('{ ;', '{');
}

interface Mapping {
  readonly protocol: Protocol;
  readonly address: string | undefined;
  readonly port: number;
  readonly target: string;
  readonly targetPort: number;
}

/** One for each port. */
function mappingsOf({ protocol, listen, target }: ScenarioForward): Mapping[] {
  const { address, ports } = partsOf(listen);
  const [, to = '', first] = /^(\[[^\]]*\]|[^:]*)(?::(\d+).*)?$/.exec(target) ?? [];
  const [from = 0, last = from] = ports.split('-').map(Number);
  return Array.from({ length: last - from + 1 }, (_, index) => ({
    protocol,
    address,
    port: from + index,
    target: bare(to),
    targetPort: Number(first ?? from) + index,
  }));
}

/** No address: every one. */
function partsOf(listen: string): { readonly address: string | undefined; readonly ports: string } {
  const [, address = '', ports = ''] = /^(?:(.*):)?([\d-]+)$/.exec(listen) ?? [];
  return { address: ['', '0.0.0.0', '::'].includes(bare(address)) ? undefined : bare(address), ports };
}

const isIp6 = ({ target }: ScenarioForward): boolean => target.startsWith('[');
const bare = (address: string): string => address.replaceAll(/[[\]]/g, '');
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function succeed({ exitCode, stderr }: { readonly exitCode: number; readonly stderr: string }): void {
  if (exitCode !== 0) throw new Error(`portfwd ended with ${exitCode}: ${stderr}`);
}
