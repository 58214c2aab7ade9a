import type { Replies } from '../../diagnose/observations.ts';
import { readReplyRoutes, replyQuestions, type ReplyQuestion } from '../../diagnose/replies/reply-routes.ts';
import { readUplinks, uplinkQuestions } from '../../diagnose/replies/uplinks.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Family, Model } from '../../model/model.ts';
import type { RouteLookup } from '../../model/route-lookup.ts';

type Kernel = Pick<Host, 'routeLookups' | 'readRoutingMarks'>;

/** Asks the kernel through which interface the replies of the targets leave, if there are several uplinks. */
export async function observeReplies(model: Model, facts: HostFacts, kernel: Kernel): Promise<Replies> {
  const questions = uplinkQuestions(facts);
  const uplinks = readUplinks(questions, await kernel.routeLookups(questions.map(({ query }) => query)));
  const several = (['ip', 'ip6'] as const).filter(
    (family: Family) => uplinks.filter((uplink) => uplink.family === family).length > 1,
  );
  if (several.length === 0) return { uplinks, routes: [] };
  const asked = replyQuestions(model, facts, several, await kernel.readRoutingMarks());
  return { uplinks, routes: readReplyRoutes(asked, await answersTo(asked, kernel)) };
}

async function answersTo(asked: readonly ReplyQuestion[], kernel: Kernel): Promise<readonly RouteLookup[]> {
  const answers = await kernel.routeLookups(asked.map(({ query }) => query));
  const refused = asked.filter((_, index) => answers[index]?.kind === 'refused-host');
  if (refused.length === 0) return answers;
  const others = (await kernel.routeLookups(refused.map(({ otherwise }) => otherwise))).values();
  return answers.map((answer) => (answer.kind === 'refused-host' ? (others.next().value ?? answer) : answer));
}
