import type { Replies } from '../../diagnose/observations.ts';
import { readReplyRoutes, replyQuestions, type ReplyQuestion } from '../../diagnose/replies/reply-routes.ts';
import { readUplinks, uplinkQuestions } from '../../diagnose/replies/uplinks.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { exampleOf } from '../../diagnose/replies/clients.ts';
import { enabledForwards, type Family, type Model } from '../../model/model.ts';
import type { RouteLookup } from '../../model/routing/route-lookup.ts';

type Kernel = Pick<Host, 'routeLookups' | 'readRoutingMarks'>;

/** What only the findings about the host need to know: the routes of replies to the clients. */
export async function askRoutes(
  model: Model,
  facts: HostFacts,
  kernel: Kernel,
): Promise<{ readonly replies: Replies; readonly facts: HostFacts }> {
  const [replies, withRoutes] = await Promise.all([
    observeReplies(model, facts, kernel),
    withClients(model, facts, kernel),
  ]);
  return { replies, facts: withRoutes };
}

/** Asks the kernel for the uplinks, and through which of them the replies of the targets leave if there are several. */
async function observeReplies(model: Model, facts: HostFacts, kernel: Kernel): Promise<Replies> {
  const questions = uplinkQuestions(facts);
  const uplinks = readUplinks(questions, await kernel.routeLookups(questions.map(({ query }) => query)));
  const several = (['ip', 'ip6'] as const).filter(
    (family: Family) => uplinks.filter((uplink) => uplink.family === family).length > 1,
  );
  if (several.length === 0) return { uplinks, routes: [] };
  const asked = replyQuestions(model, facts, several, await kernel.readRoutingMarks());
  return { uplinks, routes: readReplyRoutes(asked, await answersTo(asked, kernel)) };
}

/** More clients of `from` than these are taken for clients on the internet. */
const MAX_CLIENTS = 1000;

/** The facts, with the kernel's routes to the clients that the forwards name. */
async function withClients(model: Model, facts: HostFacts, kernel: Kernel): Promise<HostFacts> {
  const clients = clientsOf(model).filter((client) => facts.lookups?.[client] === undefined);
  if (clients.length === 0) return facts;
  const answers = await kernel.routeLookups(clients.map((to) => ({ to, fibmatch: true })));
  const found = clients.flatMap((client, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [[client, answer] as const];
  });
  return { ...facts, lookups: { ...facts.lookups, ...Object.fromEntries(found) } };
}

/** A loop that ends early, since the lists can be long. */
function clientsOf(model: Model): string[] {
  const clients = new Set<string>();
  for (const { from } of enabledForwards(model)) {
    for (const client of from) {
      if (clients.size >= MAX_CLIENTS) return [...clients];
      clients.add(exampleOf(client));
    }
  }
  return [...clients];
}

async function answersTo(asked: readonly ReplyQuestion[], kernel: Kernel): Promise<readonly RouteLookup[]> {
  const answers = await kernel.routeLookups(asked.map(({ query }) => query));
  const refused = asked.filter((_, index) => answers[index]?.kind === 'refused-host');
  if (refused.length === 0) return answers;
  const others = (await kernel.routeLookups(refused.map(({ otherwise }) => otherwise))).values();
  return answers.map((answer) => (answer.kind === 'refused-host' ? (others.next().value ?? answer) : answer));
}
