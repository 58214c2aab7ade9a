import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { serveAll } from '../lab/services.ts';
import { addExtraAddresses } from './extra-addresses.ts';
import { FEATURES } from './features.ts';
import { modelOf, play, stepName, type Scenario, type Step } from './scenario.ts';
import { SCENARIOS, SERVICES } from './scenarios.ts';

/** Defines a test for each scenario, in a lab whose bridged packets pass the hooks of ip, or do not. */
export function testScenarios({ bridgeNetfilter }: { readonly bridgeNetfilter: boolean }): void {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ bridgeNetfilter });
    await serveAll(lab, SERVICES);
    await addExtraAddresses(lab);
  });
  afterAll(async () => lab.stop());

  test.each([...SCENARIOS, ...FEATURES])('$name', async (scenario) => {
    const outcomes = await play(lab, scenario, async () => load(lab, scenario));
    for (const { step, answer } of outcomes) expect(answer, stepName(step)).toEqual(expected(step));
  });

  const expected = (step: Step) => (bridgeNetfilter ? step.bridged : undefined) ?? step.expect;

  test('no process listens on the forwarded port', async () => {
    expect(await lab.portfwd(['apply'], 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n')).toMatchObject({
      exitCode: 0,
    });
    expect(await lab.sh('host', "ss -Hltn 'sport = :6000 and not src [::1]'")).toBe('');
    expect(await lab.sh('host', "ss -Hltn 'sport = :5000'")).toContain('192.168.0.2:5000');
  });

  test('down ends every forward, and a second down has nothing to do', async () => {
    const ask = async (timeout: number) =>
      lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout });
    expect(await lab.portfwd(['apply'], 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n')).toMatchObject({
      exitCode: 0,
    });
    expect(await ask(PATIENCE.answer)).toMatchObject({ who: 'host' });
    expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stdout: 'all forwards removed' });
    expect(await ask(PATIENCE.silence)).toBeNull();
    expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stdout: 'there was nothing to remove' });
    expect(await lab.sh('host', 'nft list ruleset')).toBe('');
  });
}

async function load(lab: Lab, scenario: Scenario): Promise<void> {
  if (scenario.covers === true) await lab.force(modelOf(scenario));
  else expect(await lab.portfwd(['apply'], modelOf(scenario))).toMatchObject({ exitCode: 0 });
  expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
}
