import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTAINERS, IPTABLES, PORTFWD, type Implementation } from './implementations.ts';
import { FEATURES } from './features.ts';
import { addExtraAddresses } from './extra-addresses.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { answerName, play, stepName, type Scenario } from './scenario.ts';
import { SCENARIOS, SERVICES } from './scenarios.ts';
import { serveAll } from '../lab/services.ts';

/** Milliseconds. An answer in the lab takes a few. */
const PATIENCE = 500;
const IMPLEMENTATIONS = [IPTABLES, CONTAINERS, PORTFWD];
const DOCUMENT = new URL('../../../docs/comparison.md', import.meta.url).pathname;
const IMPOSSIBLE = 'not possible';
const ALL = [...SCENARIOS, ...FEATURES];

/** `scripts/compare` sets 1. Otherwise every eighth scenario is compared with the document. */
const EVERY = Number(process.env['PORTFWD_COMPARE_EVERY'] ?? 8);

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await serveAll(lab, SERVICES);
  await addExtraAddresses(lab);
});
afterAll(async () => lab.stop());

/** `right` if every step had the expected answer, else the first that had not. */
async function verdict(implementation: Implementation, scenario: Scenario): Promise<string> {
  if (!implementation.can(scenario)) return IMPOSSIBLE;
  let fault: string | undefined;
  const load = async (): Promise<void> => implementation.load(lab, scenario);
  await play(lab, scenario, load, async (step, ask) => {
    if (fault !== undefined) return;
    const answer = answerName(await ask(step.expect === null ? PATIENCE : PATIENCE * 2));
    if (answer !== answerName(step.expect)) fault = `${stepName(step)}: ${answer}`;
  });
  await implementation.unload(lab);
  return fault ?? 'right';
}

const row = (scenario: Scenario, cells: readonly string[]): string => `| ${scenario.name} | ${cells.join(' | ')} |`;

test('the table in docs/ says what each way to forward gets right', { timeout: 900_000 }, async () => {
  const seen = new Map<Scenario, string[]>();
  for (const scenario of ALL.filter((_, index) => index % EVERY === 0)) {
    const cells: string[] = [];
    for (const implementation of IMPLEMENTATIONS) cells.push(await verdict(implementation, scenario));
    expect(cells.at(-1), scenario.name).toBe('right');
    seen.set(scenario, cells);
  }
  if (EVERY === 1) return expect(documentOf(seen)).toMatchFileSnapshot(DOCUMENT);
  const document = readFileSync(DOCUMENT, 'utf8').split('\n');
  expect(document.filter((line) => ALL.some(({ name }) => line.startsWith(`| ${name} | `)))).toHaveLength(ALL.length);
  expect(document).toEqual(expect.arrayContaining([...seen].map(([scenario, cells]) => row(scenario, cells))));
});

function documentOf(seen: ReadonlyMap<Scenario, readonly string[]>): string {
  const columns = IMPLEMENTATIONS.map((_, index) => [...seen.values()].map((cells) => cells[index]));
  const totals = columns.map((cells) => {
    const possible = cells.filter((cell) => cell !== IMPOSSIBLE).length;
    return `${cells.filter((cell) => cell === 'right').length} of ${possible}`;
  });
  return `# Side by side, on real packets

Written by \`scripts/compare\`; every test run repeats some of the rows. A cell that is not "right" names the first
connection that went wrong, and who answered it. "not possible" means that these rules cannot express the scenario.
The network is that of \`test/packet/lab/lab.ts\`: a client (203.0.113.7), the host (203.0.113.1, .2, 10.0.0.1,
192.168.0.2) and two machines behind it (10.0.0.2, the target, and its neighbour 10.0.0.3).

The iptables rules are the two usual ones, one in PREROUTING and one in OUTPUT. The container engine's rules are those that
it writes for published ports, with its user-space proxy switched off and without its filter.

| scenario | ${IMPLEMENTATIONS.map(({ name }) => name).join(' | ')} |
| --- | ${IMPLEMENTATIONS.map(() => '---').join(' | ')} |
${[...seen].map(([scenario, cells]) => row(scenario, cells)).join('\n')}
| **right, of the possible ones** | ${totals.map((total) => `**${total}**`).join(' | ')} |
`;
}
