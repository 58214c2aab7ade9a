import { escapeControls } from '../finding/quote.ts';
import { isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { formatListen, formatTarget, type Forward } from '../model/model.ts';

/** The way of packets, from left to right. An edge goes from one column to a later one. */
export interface Picture {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

export interface Node {
  readonly id: string;
  readonly kind: 'client' | 'hook' | 'forward' | 'disabled' | 'target';
  readonly lines: readonly string[];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** The source is or can be rewritten. */
  readonly masquerade?: boolean;
}

/** The forwards in their order. Without facts, only loopback addresses are known as addresses of this host. */
export function pictureOf(forwards: readonly Forward[], facts: HostFacts | undefined): Picture {
  const ways = forwards.map((forward, index): Way => ({ forward, id: `f${index + 1}`, ...hooksOf(forward) }));
  const drawn = ways.filter(({ forward }) => forward.enabled);
  const incoming = drawn.some((way) => way.prerouting);
  const own = drawn.some((way) => way.output);
  const neighbours = drawn.some(({ forward, prerouting }) => prerouting && !isLocal(facts, forward.target.address));
  const shared = drawn.some((way) => way.prerouting && way.output);
  const targets = targetsOf(ways, facts);
  return {
    nodes: [
      ...(incoming ? [OUTSIDE] : []),
      ...(neighbours ? [NEIGHBOUR] : []),
      ...(own ? [HOST] : []),
      ...(incoming ? [PREROUTING] : []),
      ...(own ? [OUTPUT] : []),
      ...(shared ? [DISPATCH] : []),
      ...ways.map((way) => forwardNode(way, facts)),
      ...targets.values(),
    ],
    edges: [
      ...(incoming ? [edge(OUTSIDE, PREROUTING)] : []),
      ...(neighbours ? [edge(NEIGHBOUR, PREROUTING)] : []),
      ...(own ? [edge(HOST, OUTPUT)] : []),
      ...(shared ? [edge(PREROUTING, DISPATCH), edge(OUTPUT, DISPATCH)] : []),
      ...drawn.flatMap(edgesTo),
      ...ways.map((way) => edgeFrom(way, targets, facts)),
    ],
  };
}

interface Way extends Hooks {
  readonly forward: Forward;
  readonly id: string;
}

const OUTSIDE: Node = { id: 'outside', kind: 'client', lines: ['clients outside'] };
const NEIGHBOUR: Node = { id: 'neighbour', kind: 'client', lines: ['clients in the', "target's subnet"] };
const HOST: Node = { id: 'host', kind: 'client', lines: ['this host'] };
const PREROUTING: Node = { id: 'prerouting', kind: 'hook', lines: ['prerouting', 'DNAT'] };
const OUTPUT: Node = { id: 'output', kind: 'hook', lines: ['output', 'DNAT'] };
/** In the ruleset too, both hooks jump to one chain. */
const DISPATCH: Node = { id: 'dispatch', kind: 'hook', lines: ['by port', 'and address'] };

const edge = ({ id: from }: Node, { id: to }: Node): Edge => ({ from, to });

interface Hooks {
  readonly prerouting: boolean;
  readonly output: boolean;
}

/** Clients outside cannot use a listen in 127.0.0.0/8, and this host cannot use a forward with `interface`. */
const hooksOf = ({ listens, interfaces }: Forward): Hooks => ({
  prerouting: listens.some(({ address }) => address === undefined || !isLoopback(address)),
  output: interfaces.length === 0,
});

function edgesTo({ id, prerouting, output }: Way): Edge[] {
  if (prerouting && output) return [{ from: DISPATCH.id, to: id }];
  return [...(prerouting ? [{ from: PREROUTING.id, to: id }] : []), ...(output ? [{ from: OUTPUT.id, to: id }] : [])];
}

function forwardNode({ forward, id }: Way, facts: HostFacts | undefined): Node {
  const { name, enabled, protocols, listens, family, interfaces, from } = forward;
  return {
    id,
    kind: enabled ? 'forward' : 'disabled',
    lines: [
      name,
      `${protocols.join(', ')} ${some(listens.map((listen) => formatListen(listen, family)))}`,
      ...(interfaces.length === 0 ? [] : [`arrives on ${some(interfaces)}`]),
      ...(from.length === 0 ? [] : [`only from ${some(from)}`]),
      ...(usesLoopback(forward, facts) ? ['also on 127.0.0.1'] : []),
      ...(enabled ? [] : ['switched off']),
    ].map(escapeControls),
  };
}

/** This host can use 127.0.0.1 and the port of the listen. */
function usesLoopback(
  { family, listens, interfaces, loopback, target }: Forward,
  facts: HostFacts | undefined,
): boolean {
  const everyAddress = listens.some((listen) => listen.address === undefined && listen.interface === undefined);
  return family === 'ip' && everyAddress && interfaces.length === 0 && (loopback || isLocal(facts, target.address));
}

const MOST = 3;

const some = (texts: readonly string[]): string =>
  texts.length <= MOST + 1 ? texts.join(', ') : `${texts.slice(0, MOST).join(', ')} and ${texts.length - MOST} more`;

/** One for each address and port. */
function targetsOf(ways: readonly Way[], facts: HostFacts | undefined): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const { forward } of ways) {
    const text = formatTarget(forward.target);
    const lines = [text, ...(isLocal(facts, forward.target.address) ? ['on this host'] : [])];
    if (!nodes.has(text)) nodes.set(text, { id: `t${nodes.size + 1}`, kind: 'target', lines });
  }
  return nodes;
}

function edgeFrom({ forward, id }: Way, targets: ReadonlyMap<string, Node>, facts: HostFacts | undefined): Edge {
  const { masquerade, target } = forward;
  const to = targets.get(formatTarget(target))?.id ?? '';
  // Packets to an address of this host do not leave it, so no rule masquerades them.
  if (masquerade === 'never' || isLocal(facts, target.address)) return { from: id, to, label: "client's address kept" };
  return { from: id, to, label: `masquerade: ${masquerade}`, masquerade: true };
}
