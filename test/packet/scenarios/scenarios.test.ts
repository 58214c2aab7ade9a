import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FEATURES } from './features.ts';
import { addExtraAddresses } from './extra-addresses.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { answerName, modelOf, play, runStep, stepName } from './scenario.ts';
import { SCENARIOS, SERVICES } from './scenarios.ts';
import { serveAll } from '../lab/services.ts';

describe.each([false, true])('with bridge-nf-call %s', (bridgeNetfilter) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ bridgeNetfilter });
    await serveAll(lab, SERVICES);
    await addExtraAddresses(lab);
  });
  afterAll(async () => lab.stop());

  test.each([...SCENARIOS, ...FEATURES])('$name', async (scenario) => {
    const load = async (): Promise<void> => {
      if (scenario.covers === true) await lab.force(modelOf(scenario));
      else expect(await lab.portfwd(['apply'], modelOf(scenario))).toMatchObject({ exitCode: 0 });
      expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
    };
    await play(lab, scenario, load, async (step, ask) => {
      const expected = (bridgeNetfilter ? step.bridged : undefined) ?? step.expect;
      expect(`${stepName(step)}: ${answerName(await ask())}`).toBe(`${stepName(step)}: ${answerName(expected)}`);
    });
  });

  test('no process listens on the forwarded port', async () => {
    expect(await lab.portfwd(['apply'], 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n')).toMatchObject({
      exitCode: 0,
    });
    expect(await lab.sh('host', "ss -Hltn 'sport = :6000 and not src [::1]'")).toBe('');
    expect(await lab.sh('host', "ss -Hltn 'sport = :5000'")).toContain('192.168.0.2:5000');
  });

  test('down ends every forward, and a second down has nothing to do', async () => {
    const step = { from: 'client', to: '203.0.113.1', port: 6000, protocol: 'tcp', expect: null } as const;
    expect(await lab.portfwd(['apply'], 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n')).toMatchObject({
      exitCode: 0,
    });
    expect(await runStep(lab, step, 3000)).toMatchObject({ who: 'host' });
    expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stdout: 'all forwards removed' });
    expect(await runStep(lab, step)).toBeNull();
    expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stdout: 'there was nothing to remove' });
    expect(await lab.sh('host', 'nft list ruleset')).toBe('');
  });
});
