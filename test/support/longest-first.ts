import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A run cannot end before these have ended, so they begin first. The longest comes first. */
const LONGEST = [
  'scenarios/features',
  'scenarios/scenarios',
  'packet/refusals',
  'flows/stale-flows',
  'state/damaged',
  'counters/values',
  'packet/conflicts',
  'packet/forwarding-users',
  'doctor/whole-host',
  'replies/two-uplinks',
  'edit/edit',
  'fault/boot',
  'packet/lock',
  'fault/apply',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return index === -1 ? LONGEST.length : index;
}
