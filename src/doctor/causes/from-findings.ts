import type { Finding } from '../../finding/finding.ts';
import type { Case } from '../case.ts';
import { cause, type Cause, type CauseCode, type Level } from '../cause.ts';

/** The findings of `check` with this code, as causes. */
export const fromFindings = (
  { findings }: Case,
  from: Finding['code'],
  to: CauseCode,
  levelOf: (finding: Finding) => Level,
): Cause[] =>
  findings
    .filter(({ code }) => code === from)
    .map((finding) => cause(to, levelOf(finding), finding.message, finding.remedy));
