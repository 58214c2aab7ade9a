import { afterAll, beforeAll, expect, test } from 'vitest';
import { IPTABLES, PORTFWD, type Engine } from './engines.ts';
import { startLab, type Lab } from './lab.ts';
import { answerName, runStep, stepName, type Scenario } from './scenario.ts';
import { SCENARIOS, SERVICES } from './scenarios.ts';
import { serveAll } from './services.ts';

/** Milliseconds: an answer in the lab takes a few, and none is waited for in vain more often than need be. */
const PATIENCE = 500;
const ENGINES = [IPTABLES, PORTFWD];
const DOCUMENT = new URL('../../docs/comparison.md', import.meta.url).pathname;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await serveAll(lab, SERVICES);
});
afterAll(async () => lab.stop());

/** Undefined when every step went as it should, else the first that did not. */
async function firstFault(engine: Engine, scenario: Scenario): Promise<string | undefined> {
  await engine.load(lab, scenario);
  if (scenario.added !== undefined) await lab.sh('host', `ip address add ${scenario.added}`);
  let fault: string | undefined;
  for (const step of scenario.steps) {
    const answer = answerName(await runStep(lab, step, step.expect === null ? PATIENCE : PATIENCE * 2));
    if (answer !== answerName(step.expect)) fault = `${stepName(step)}: ${answer}`;
    if (fault !== undefined) break;
  }
  if (scenario.added !== undefined) await lab.sh('host', `ip address delete ${scenario.added.replace(' nodad', '')}`);
  await engine.unload(lab);
  return fault;
}

test(
  'where two iptables rules are right portfwd is too, and the table in docs/ says so',
  { timeout: 300_000 },
  async () => {
    const rows: string[] = [];
    const right = new Map(ENGINES.map(({ name }) => [name, 0]));
    for (const scenario of SCENARIOS) {
      const cells: string[] = [];
      for (const engine of ENGINES) {
        const fault = await firstFault(engine, scenario);
        if (fault === undefined) right.set(engine.name, (right.get(engine.name) ?? 0) + 1);
        cells.push(fault ?? 'right');
      }
      expect(cells.at(-1), scenario.name).toBe('right');
      rows.push(`| ${scenario.name} | ${cells.join(' | ')} |`);
    }
    const totals = ENGINES.map(({ name }) => `${right.get(name)} of ${SCENARIOS.length}`);
    await expect(documentOf(rows, totals)).toMatchFileSnapshot(DOCUMENT);
  },
);

const documentOf = (rows: readonly string[], totals: readonly string[]): string => `# Side by side, on real packets

Written by \`scripts/compare\`; a test holds it against the packets of every run. A cell that is not "right"
tells the first connection that went wrong, and who answered it. The network is that of
\`test/packet/lab.ts\`: a client (203.0.113.7), the host (203.0.113.1, .2, 10.0.0.1, 192.168.0.2) and two machines behind it
(10.0.0.2, the target, and its neighbour 10.0.0.3).

| scenario | ${ENGINES.map(({ name }) => name).join(' | ')} |
| --- | ${ENGINES.map(() => '---').join(' | ')} |
${rows.join('\n')}
| **right** | ${totals.map((total) => `**${total}**`).join(' | ')} |
`;
