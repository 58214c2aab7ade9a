import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emitText } from '../../../src/emit/text.ts';
import { lower } from '../../../src/lower/lower.ts';
import type { HostFacts } from '../../../src/model/host-facts.ts';
import { parseHostFacts } from '../../../src/parse/host-facts.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { parsed } from '../../property/random-model.ts';
import { FEATURES } from './features.ts';
import { LISTEN_INTERFACE } from './listen-interface.ts';
import { addExtraAddresses } from './extra-addresses.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { mutantsOf, type Mutant } from './mutant.ts';
import { faultOf, modelOf, play, type Scenario } from './scenario.ts';
import { SCENARIOS, SERVICES } from './scenarios.ts';
import { serveAll } from '../lab/services.ts';

export const ALL_SCENARIOS: readonly Scenario[] = [...SCENARIOS, ...FEATURES, ...LISTEN_INTERFACE];

/** Milliseconds: an answer in the lab takes a few. */
const PATIENCE = 700;

export interface MutationLab {
  readonly mutants: (scenario: Scenario) => readonly Mutant[];
  /** The first step that goes another way with this ruleset in place of the scenario's own; undefined: none does. */
  readonly firstFault: (scenario: Scenario, ruleset: Ruleset) => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
}

export async function startMutationLab(): Promise<MutationLab> {
  const lab = await startLab();
  await serveAll(lab, SERVICES);
  await addExtraAddresses(lab);
  const { stdout } = await lab.portfwd(['facts']);
  const facts = parseHostFacts(stdout);
  if (facts === undefined) throw new Error(`no host facts: ${stdout}`);
  return {
    mutants: (scenario) => mutantsOf(rulesetOf(scenario, facts)),
    firstFault: async (scenario, ruleset) => firstFault(lab, scenario, ruleset),
    stop: lab.stop,
  };
}

function rulesetOf(scenario: Scenario, facts: HostFacts): Ruleset {
  const routing = scenario.turnsRoutingOn === true ? { ...facts, forwarding: { ip: false, ip6: false } } : facts;
  return lower(parsed(modelOf(scenario)), routing);
}

async function firstFault(lab: Lab, scenario: Scenario, ruleset: Ruleset): Promise<string | undefined> {
  const file = join(lab.directory, 'mutant.nft');
  writeFileSync(file, emitText(ruleset));
  const load = async (): Promise<void> => {
    if (needsSysctls(scenario)) {
      const { exitCode, stderr } = await lab.portfwd(['apply'], modelOf(scenario));
      if (exitCode !== 0) throw new Error(`${scenario.name} was not loaded: ${stderr}`);
    }
    await lab.sh('host', `nft -f ${file}`);
  };
  const outcomes = await play(lab, scenario, load, ({ expect }) => (expect === null ? PATIENCE : 2 * PATIENCE));
  await lab.portfwd(['down']);
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
  return faultOf(outcomes);
}

const needsSysctls = ({ forwards, turnsRoutingOn }: Scenario): boolean =>
  turnsRoutingOn === true || forwards.some(({ loopback }) => loopback === true);
