import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A run cannot end before these have ended, so they begin first. The longest comes first. */
const LONGEST = [
  'scenarios/scenarios',
  'scenarios/features',
  'scenarios/scenarios-bridge-netfilter',
  'scenarios/features-bridge-netfilter',
  'flows/stale-flows',
  'edit/edit',
  'fault/boot',
  'packet/refusals',
  'fault/under-load',
  'packet/conflicts',
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
