import type { Case } from '../../doctor/case.ts';
import type { Evidence } from '../../doctor/evidence.ts';
import { wayOf, wayQuestions, type Way } from '../../doctor/ways.ts';
import type { Host } from '../../host/host.ts';
import { groupBy } from '../../model/group-by.ts';

/** Asks the kernel how it routes the packets of clients and the answers to them. One process answers all questions. */
export async function askWays(
  cases: readonly Case[],
  evidence: Evidence,
  { routeLookups, sysctl }: Pick<Host, 'routeLookups' | 'sysctl'>,
): Promise<ReadonlyMap<string, readonly Way[]>> {
  const questions = cases.flatMap((one) => wayQuestions(one, evidence));
  const controls = questions.flatMap(({ control }) => control ?? []);
  const answers = await routeLookups([...questions.map(({ query }) => query), ...controls]);
  const checked = answers.slice(questions.length).values();
  const isStrict = (name: string): boolean =>
    Math.max(...['all', name].map((one) => Number(sysctl.read(`net/ipv4/conf/${one}/rp_filter`) ?? 0))) === 1;
  const ways = questions.map((question, index) => {
    const { control, query } = question;
    const found = control === undefined ? undefined : checked.next().value;
    return wayOf(question, answers[index], found, query.iif !== undefined && isStrict(query.iif), evidence);
  });
  return groupBy(ways, ({ forward }) => forward);
}
