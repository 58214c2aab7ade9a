import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTAINERS, IPTABLES, PORTFWD, type Engine } from './engines.ts';
import { FEATURES } from './features.ts';
import { furnish } from './furnish.ts';
import { startLab, type Lab } from './lab.ts';
import { answerName, play, stepName, type Scenario } from './scenario.ts';
import { SCENARIOS, SERVICES } from './scenarios.ts';
import { serveAll } from './services.ts';

/** Milliseconds: an answer in the lab takes a few, and none is waited for in vain more often than need be. */
const PATIENCE = 500;
const ENGINES = [IPTABLES, CONTAINERS, PORTFWD];
const DOCUMENT = new URL('../../docs/comparison.md', import.meta.url).pathname;
const UNTOLD = 'cannot be told';
const ALL = [...SCENARIOS, ...FEATURES];

/** Every scenario in scripts/compare; else each eighth is held against the document. */
const EVERY = Number(process.env['PORTFWD_COMPARE_EVERY'] ?? 8);

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await serveAll(lab, SERVICES);
  await furnish(lab);
});
afterAll(async () => lab.stop());

/** `right` when every step went as it should, else the first that did not. */
async function verdict(engine: Engine, scenario: Scenario): Promise<string> {
  if (!engine.can(scenario)) return UNTOLD;
  let fault: string | undefined;
  const load = async (): Promise<void> => engine.load(lab, scenario);
  await play(lab, scenario, load, async (step, ask) => {
    if (fault !== undefined) return;
    const answer = answerName(await ask(step.expect === null ? PATIENCE : PATIENCE * 2));
    if (answer !== answerName(step.expect)) fault = `${stepName(step)}: ${answer}`;
  });
  await engine.unload(lab);
  return fault ?? 'right';
}

const row = (scenario: Scenario, cells: readonly string[]): string => `| ${scenario.name} | ${cells.join(' | ')} |`;

test('the table in docs/ says what each way to forward gets right', { timeout: 900_000 }, async () => {
  const seen = new Map<Scenario, string[]>();
  for (const scenario of ALL.filter((_, index) => index % EVERY === 0)) {
    const cells: string[] = [];
    for (const engine of ENGINES) cells.push(await verdict(engine, scenario));
    expect(cells.at(-1), scenario.name).toBe('right');
    seen.set(scenario, cells);
  }
  if (EVERY === 1) return expect(documentOf(seen)).toMatchFileSnapshot(DOCUMENT);
  const document = readFileSync(DOCUMENT, 'utf8').split('\n');
  expect(document.filter((line) => ALL.some(({ name }) => line.startsWith(`| ${name} | `)))).toHaveLength(ALL.length);
  expect(document).toEqual(expect.arrayContaining([...seen].map(([scenario, cells]) => row(scenario, cells))));
});

function documentOf(seen: ReadonlyMap<Scenario, readonly string[]>): string {
  const columns = ENGINES.map((_, index) => [...seen.values()].map((cells) => cells[index]));
  const totals = columns.map((cells) => {
    const told = cells.filter((cell) => cell !== UNTOLD).length;
    return `${cells.filter((cell) => cell === 'right').length} of ${told}`;
  });
  return `# Side by side, on real packets

Written by \`scripts/compare\`; every run of the tests holds some of its rows against the packets. A cell that is not
"right" tells the first connection that went wrong, and who answered it; "cannot be told" is what these rules have no
key for. The network is that of \`test/packet/lab.ts\`: a client (203.0.113.7), the host (203.0.113.1, .2, 10.0.0.1,
192.168.0.2) and two machines behind it (10.0.0.2, the target, and its neighbour 10.0.0.3).

The iptables rules are the two that are usually written down, one in PREROUTING and one in OUTPUT. The container
engine's are those that it writes for published ports, with its user-space proxy switched off and without its filter.

| scenario | ${ENGINES.map(({ name }) => name).join(' | ')} |
| --- | ${ENGINES.map(() => '---').join(' | ')} |
${[...seen].map(([scenario, cells]) => row(scenario, cells)).join('\n')}
| **right, of what could be told** | ${totals.map((total) => `**${total}**`).join(' | ')} |
`;
}
