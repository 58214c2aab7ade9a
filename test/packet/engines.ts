import type { Lab } from './lab.ts';
import { modelOf, type Scenario, type ScenarioForward } from './scenario.ts';

/** A way to make the forwards of a scenario work on the lab's host, and to take it back. */
export interface Engine {
  readonly name: string;
  readonly load: (lab: Lab, scenario: Scenario) => Promise<void>;
  readonly unload: (lab: Lab) => Promise<void>;
}

export const PORTFWD: Engine = {
  name: 'portfwd',
  load: async (lab, scenario) => succeed(await lab.portfwd(['apply'], modelOf(scenario))),
  unload: async (lab) => succeed(await lab.portfwd(['down'])),
};

/** The exercise as it is solved with iptables: one rule in PREROUTING, one in OUTPUT, for each forward. */
export const IPTABLES: Engine = {
  name: 'two iptables rules',
  load: async (lab, { forwards }) => void (await lab.sh('host', forwards.flatMap(twoRules).join('\n'))),
  unload: async (lab) => void (await lab.sh('host', 'iptables -t nat -F\nip6tables -t nat -F')),
};

function twoRules({ protocol, listen, target }: ScenarioForward): string[] {
  const [, address = '', ports = ''] = /^(.*):([\d-]+)$/.exec(listen) ?? [];
  const bare = address.replaceAll(/[[\]]/g, '');
  const command = bare.includes(':') ? 'ip6tables' : 'iptables';
  const destination = ['0.0.0.0', '::'].includes(bare) ? '' : `-d ${bare} `;
  const to = target.replace(/^\[([^\]]*)\]$/, '$1');
  return ['PREROUTING', 'OUTPUT'].map(
    (chain) =>
      `${command} -t nat -A ${chain} -p ${protocol} ${destination}--dport ${ports.replace('-', ':')} -j DNAT --to-destination ${to}`,
  );
}

function succeed({ exitCode, stderr }: { readonly exitCode: number; readonly stderr: string }): void {
  if (exitCode !== 0) throw new Error(`portfwd ended with ${exitCode}: ${stderr}`);
}
