import { ipJson } from '../ip-json.ts';
import { ruleSchema } from '../ip-schema.ts';

/** The packet marks that the routing rules of both families ask for. Throws `tool-failed`. */
export async function readRoutingMarks(): Promise<readonly number[]> {
  const rules = await Promise.all(
    (['-4', '-6'] as const).map(async (family) => ipJson([family], ['rule show'], ruleSchema)),
  );
  const marks = rules.flat().flatMap(({ fwmark }) => (fwmark === undefined ? [] : [Number(fwmark)]));
  return [...new Set(marks)].filter(Number.isInteger);
}
