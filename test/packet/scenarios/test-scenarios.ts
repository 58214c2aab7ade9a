import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab, type LabOptions } from '../lab/lab.ts';
import { serveAll } from '../lab/services.ts';
import { addExtraAddresses } from './extra-addresses.ts';
import { modelOf, play, stepName, type Scenario, type Step } from './scenario.ts';
import { SERVICES } from './scenarios.ts';

/** Defines a test for each scenario. With `bridgeNetfilter`, bridged packets pass the hooks of ip. */
export function testScenarios(scenarios: readonly Scenario[], options: LabOptions = {}): void {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(options);
    await serveAll(lab, SERVICES);
    await addExtraAddresses(lab);
  });
  afterAll(async () => lab.stop());

  for (const scenario of scenarios)
    test(scenario.name, async () => {
      const outcomes = await play(lab, scenario, async () => load(lab, scenario, options));
      for (const { step, answer } of outcomes) expect(answer, stepName(step)).toEqual(expected(step));
    });

  const expected = (step: Step) => (options.bridgeNetfilter === true ? step.bridged : undefined) ?? step.expect;
}

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
