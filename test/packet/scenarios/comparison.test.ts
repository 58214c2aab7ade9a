import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTAINERS, IPTABLES, PORTFWD, type Implementation } from './implementations.ts';
import { FEATURES } from './features.ts';
import { LISTEN_INTERFACE } from './listen-interface.ts';
import { addExtraAddresses } from './extra-addresses.ts';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { faultName, faultOf, play, stepName, type Scenario, type Step } from './scenario.ts';
import { SCENARIOS, SERVICES } from './scenarios.ts';
import { serveAll } from '../lab/services.ts';

const IMPLEMENTATIONS = [IPTABLES, CONTAINERS, PORTFWD];
const DOCUMENT = new URL('../../../docs/comparison.md', import.meta.url).pathname;
const IMPOSSIBLE = 'not possible';
const ALL = [...SCENARIOS, ...FEATURES, ...LISTEN_INTERFACE];

/** `scripts/compare` sets 1. Otherwise every eighth scenario is compared with the document. */
const EVERY = Number(process.env['PORTFWD_COMPARE_EVERY'] ?? 8);

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await serveAll(lab, SERVICES);
  await addExtraAddresses(lab);
});
afterAll(async () => lab.stop());

/**
 * `right` if every step had the expected answer, else the first that had not. If the document names that step, the ones
 * after it are left out, since their answers would not come.
 */
async function verdict(implementation: Implementation, scenario: Scenario, documented?: string): Promise<string> {
  if (!implementation.can(scenario)) return IMPOSSIBLE;
  const load = async (): Promise<void> => implementation.load(lab, scenario);
  const isLast = (step: Step): boolean => documented?.startsWith(`${stepName(step)}: `) ?? false;
  const last = scenario.steps.findIndex(isLast);
  const steps = last === -1 ? scenario.steps : scenario.steps.slice(0, last + 1);
  const patience = (step: Step): number => {
    if (documented === undefined) return GENERATING;
    return step.expect === null || documented === faultName(step, null) ? PATIENCE.silence : PATIENCE.answer;
  };
  const outcomes = await play(lab, { ...scenario, steps }, load, patience);
  await implementation.unload(lab);
  return faultOf(outcomes) ?? 'right';
}

/** Milliseconds. */
const GENERATING = 2000;

const row = (scenario: Scenario, cells: readonly string[]): string => `| ${scenario.name} | ${cells.join(' | ')} |`;

test.each(ALL.filter((_, index) => EVERY > 1 && index % EVERY === 0))('$name', async (scenario) => {
  const documented = documentedCells().get(scenario.name);
  const cells: string[] = [];
  for (const [index, implementation] of IMPLEMENTATIONS.entries())
    cells.push(await verdict(implementation, scenario, documented?.[index] ?? ''));
  expect(cells).toEqual(documented);
  expect(cells.at(-1)).toBe('right');
});

test('the document has a row for each scenario', { timeout: 900_000 }, async () => {
  if (EVERY !== 1) return expect([...documentedCells().keys()]).toEqual(ALL.map(({ name }) => name));
  const seen = new Map<Scenario, string[]>();
  for (const scenario of ALL) {
    const cells: string[] = [];
    for (const implementation of IMPLEMENTATIONS) cells.push(await verdict(implementation, scenario));
    expect(cells.at(-1), scenario.name).toBe('right');
    seen.set(scenario, cells);
  }
  await expect(documentOf(seen)).toMatchFileSnapshot(DOCUMENT);
});

/** By the name of the scenario. */
function documentedCells(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | '));
  const names = new Set(ALL.map(({ name }) => name));
  return new Map(rows.flatMap(([name = '', ...cells]) => (names.has(name) ? [[name, cells] as const] : [])));
}

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

The iptables rules are the two usual ones: one in PREROUTING, as in the
[NAT HOWTO](https://www.netfilter.org/documentation/HOWTO/NAT-HOWTO.html), and one in OUTPUT. The container engine's rules are
those that Docker writes for published ports
([ports](https://github.com/moby/moby/blob/HEAD/daemon/libnetwork/drivers/bridge/internal/nftabler/port.go),
[network](https://github.com/moby/moby/blob/HEAD/daemon/libnetwork/drivers/bridge/internal/nftabler/network.go)),
with its user-space proxy switched off and without its filter. Other programs: [alternatives.md](alternatives.md).

| scenario | ${IMPLEMENTATIONS.map(({ name }) => name).join(' | ')} |
| --- | ${IMPLEMENTATIONS.map(() => '---').join(' | ')} |
${[...seen].map(([scenario, cells]) => row(scenario, cells)).join('\n')}
| **right, of the possible ones** | ${totals.map((total) => `**${total}**`).join(' | ')} |
`;
}
