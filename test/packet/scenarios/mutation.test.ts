import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mutant } from './mutant.ts';
import { ALL_SCENARIOS, startMutationLab, type MutationLab } from './mutation-lab.ts';
import { EXPLAINED } from './mutation-survivors.ts';
import type { Scenario } from './scenario.ts';

const RECORD = new URL('mutation.json', import.meta.url).pathname;

/** scripts/mutate tries everything and writes the record; else a part of the record is tried again. */
const ALL = process.env['PORTFWD_MUTATE'] === 'all';
const SLICE = 12;

let lab: MutationLab;
beforeAll(async () => {
  lab = await startMutationLab();
});
afterAll(async () => lab.stop());

interface Found {
  readonly scenario: Scenario;
  readonly mutant: Mutant;
}

/** Everything that a ruleset can lack, and the scenarios whose rulesets have it. */
type Mutants = ReadonlyMap<string, readonly Found[]>;

function mutantsByName(): Mutants {
  const found = new Map<string, Found[]>();
  for (const scenario of ALL_SCENARIOS)
    for (const mutant of lab.mutants(scenario))
      found.set(mutant.lacks, [...(found.get(mutant.lacks) ?? []), { scenario, mutant }]);
  return found;
}

/** What goes wrong without it, in the first scenario that notices. */
async function noticed(candidates: readonly Found[]): Promise<string | undefined> {
  for (const { scenario, mutant } of candidates) {
    const fault = await lab.firstFault(scenario, mutant.ruleset);
    if (fault !== undefined) return scenario.name;
  }
  return undefined;
}

test('without any one of the rules, some scenario fails', { timeout: 3_600_000 }, async () => {
  const mutants = mutantsByName();
  const record = ALL ? await tryAll(mutants) : (JSON.parse(readFileSync(RECORD, 'utf8')) as Noticed);
  if (ALL) await expect(`${JSON.stringify(record, null, 2)}\n`).toMatchFileSnapshot(RECORD);
  else await tryAgain(record, mutants);
  const survivors = [...mutants.keys()].filter((lacks) => record[lacks] === undefined);
  process.stdout.write(`${Object.keys(record).length} killed, ${survivors.length} survived\n`);
  expect([...survivors].sort()).toEqual(Object.keys(EXPLAINED).sort());
});

/** From what is lacking to the scenario that notices. */
type Noticed = Readonly<Record<string, string>>;

async function tryAll(mutants: Mutants): Promise<Noticed> {
  const record: Record<string, string> = {};
  for (const [lacks, candidates] of mutants) {
    const by = await noticed(candidates);
    if (by !== undefined) record[lacks] = by;
    process.stdout.write(by === undefined ? `survives: ${lacks}\n` : `killed: ${lacks} (${by})\n`);
  }
  return record;
}

async function tryAgain(record: Noticed, mutants: Mutants): Promise<void> {
  for (const [lacks, by] of Object.entries(record).filter((_, index) => index % SLICE === 0)) {
    const candidates = mutants.get(lacks)?.filter(({ scenario }) => scenario.name === by) ?? [];
    expect(await noticed(candidates), lacks).toBe(by);
  }
}
