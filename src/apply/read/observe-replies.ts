import type { Replies } from '../../diagnose/observations.ts';
import { readReplyRoutes, replyQuestions, type ReplyQuestion } from '../../diagnose/replies/reply-routes.ts';
import { hiddenUplinks, readUplinks, uplinkQuestions } from '../../diagnose/replies/uplinks.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { exampleOf } from '../../diagnose/replies/clients.ts';
import { enabledForwards, type Model } from '../../model/model.ts';
import { isForwarding } from '../../model/routing/forwarding.ts';
import type { RouteLookup, RouteQuery } from '../../model/routing/route-lookup.ts';

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

/** Asks the kernel for the uplinks, and how the replies of the targets leave if it may not be through the only one. */
async function observeReplies(model: Model, facts: HostFacts, kernel: Kernel): Promise<Replies> {
  const questions = uplinkQuestions(facts);
  const reached = readUplinks(questions, await kernel.routeLookups(questions.map(({ query }) => query)));
  const uplinks = [...reached, ...hiddenUplinks(reached, facts)];
  const families = (['ip', 'ip6'] as const).filter((family) => {
    const ofFamily = uplinks.filter((uplink) => uplink.family === family);
    return ofFamily.length > 1 || ofFamily.some((uplink) => hasRules(facts) || !reached.includes(uplink));
  });
  if (families.length === 0) return { uplinks, routes: [] };
  const asked = replyQuestions(model, facts, families, await kernel.readRoutingMarks());
  return { uplinks, routes: readReplyRoutes(asked, await answersTo(asked, facts, kernel)) };
}

/** Routing rules can select another route for the reply than for what this host sends itself. */
const hasRules = ({ neighbours, ruleMarks, ruleServices }: HostFacts): boolean =>
  neighbours !== undefined || ruleMarks !== undefined || ruleServices !== undefined;

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

async function answersTo(
  asked: readonly ReplyQuestion[],
  facts: HostFacts,
  kernel: Kernel,
): Promise<readonly RouteLookup[]> {
  const answers = await kernel.routeLookups(asked.map(({ query }) => query));
  // This answer has two possible causes: the kernel does not forward yet, or no route matches.
  const isFinal = answers.map((answer, index) => answer.kind !== 'refused-host' || isOpen(asked[index]?.query, facts));
  const refused = asked.filter((_, index) => !isFinal[index]);
  if (refused.length === 0) return answers;
  const others = (await kernel.routeLookups(refused.map(({ otherwise }) => otherwise))).values();
  return answers.map((answer, index) => (isFinal[index] ? answer : (others.next().value ?? answer)));
}

const isOpen = ({ to = '', iif }: Partial<RouteQuery> = {}, facts: HostFacts): boolean =>
  iif !== undefined && isForwarding(facts, to.includes(':') ? 'ip6' : 'ip', iif);
