import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab, type LabOptions } from '../lab/lab.ts';
import { serveAll } from '../lab/services.ts';
import { addExtraAddresses } from './extra-addresses.ts';
import { modelOf, play, stepName, type Scenario, type Step } from './scenario.ts';
import { SERVICES } from './scenarios.ts';

/** Defines a test for each scenario. With `bridgeNetfilter`, bridged packets pass the hooks of ip. */
export function testScenarios(scenarios: readonly Scenario[], options: LabOptions = {}): void {
  let lab: Lab;
  let loaded: string | undefined;
  beforeAll(async () => {
    lab = await startLab(options);
    await serveAll(lab, SERVICES);
    await addExtraAddresses(lab);
  });
  afterAll(async () => lab.stop());

  for (const scenario of scenarios)
    test(scenario.name, async () => {
      // The same forwards again would load nothing: see that once.
      const model = changesHost(scenario) ? undefined : modelOf(scenario);
      const isLoaded = model !== undefined && model === loaded;
      loaded = undefined;
      const outcomes = await play(lab, scenario, async () => (isLoaded ? undefined : load(lab, scenario, options)));
      loaded = model;
      for (const { step, answer } of outcomes) expect(answer, stepName(step)).toEqual(expected(step));
    });

  const expected = (step: Step) => (options.bridgeNetfilter === true ? step.bridged : undefined) ?? step.expect;
}

/** Before the load, so that another ruleset is loaded or none is there; or `play` takes the ruleset away at the end. */
const changesHost = ({ turnsRoutingOn, narrow, steps }: Scenario): boolean =>
  turnsRoutingOn === true || narrow === true || steps.some(({ standing }) => standing === true);

async function load(lab: Lab, scenario: Scenario, { bridgeNetfilter }: LabOptions): Promise<void> {
  if (scenario.covers === true) await lab.force(modelOf(scenario));
  else await succeeds(lab, ['apply'], modelOf(scenario));
  // The answer cannot depend on br_netfilter.
  if (bridgeNetfilter !== true) await succeeds(lab, ['status']);
}

async function succeeds(lab: Lab, args: readonly string[], model?: string): Promise<void> {
  const { exitCode, stdout, stderr } = await lab.portfwd(args, model);
  expect(exitCode, `${stdout}${stderr}`).toBe(0);
}
