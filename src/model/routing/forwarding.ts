import { isLocal, type HostFacts } from '../host-facts.ts';
import { coversInterface } from '../interface-name.ts';
import { enabledForwards, type Family, type Forward, type Model } from '../model.ts';
import { waysTo } from './routes.ts';
import { uplinksOf } from './uplinks.ts';

/** A forward whose packets this host does not forward, at least not through every interface. */
export interface RoutingGap {
  readonly forward: Forward;
  /** The interfaces through which its clients can come in. */
  readonly entries: readonly string[];
  /** Those of them that do not forward. */
  readonly closed: readonly string[];
  /** The interfaces towards the target: answers come in through them. */
  readonly exits: readonly string[];
  /** None of them forwards. */
  readonly exitsClosed: boolean;
  /** Those of the ways to the target on which none forwards. */
  readonly closedExits: readonly string[];
}

/** Whether this host forwards what comes in through the interface, without portfwd. */
export const isForwarding = (facts: HostFacts, family: Family, name: string): boolean =>
  valuesOf(facts)[family].get(name) ?? facts.forwarding[family];

/**
 * The interfaces on which this host forwards packets without portfwd: a guard must not drop what goes from one of them
 * to another. Facts of an older portfwd name none.
 */
export const forwardingInterfaces = (facts: HostFacts, family: Family): string[] =>
  (facts.forwarding.interfaces ?? [])
    .map((entry) => entry.interface)
    .filter((name) => name !== 'lo' && isForwarding(facts, family, name));

/**
 * The interfaces that were there before portfwd turned forwarding on, or are there now, if it did not. Not the bridges
 * that other programs make for their guests.
 */
export const interfacesBefore = ({ forwarding, addresses }: HostFacts): string[] =>
  [
    ...new Set(
      forwarding.before ??
        forwarding.interfaces?.map((entry) => entry.interface) ??
        addresses.map((entry) => entry.interface),
    ),
  ].filter((name) => name !== 'lo' && !GUEST_BRIDGE.test(name));

/** As Docker, Podman, libvirt, Incus, LXD, LXC and nerdctl name them. */
const GUEST_BRIDGE = /^(?:docker|podman|cni|virbr|incusbr|lxdbr|lxcbr|nerdctl)[\w.-]*$|^br-[\da-f]{12}$/;

/** The forwards that need interfaces to forward that do not, without portfwd. */
export function routingGaps(model: Model, facts: HostFacts): RoutingGap[] {
  const closed = { ip: closedIn(facts, 'ip'), ip6: closedIn(facts, 'ip6') };
  return enabledForwards(model)
    .filter(({ family, target }) => closed[family] && !isLocal(facts, target.address))
    .flatMap((forward) => gapOf(forward, facts));
}

/** No client outside can use the forward: nothing that clients or answers come in through forwards. */
export function isShut(gap: RoutingGap, facts: HostFacts): boolean {
  const { shut } = valuesOf(facts);
  const key = [...entriesKey(gap.forward), '>', ...gap.exits].join(' ');
  const found = shut.get(key) ?? isShutFor(gap, facts);
  shut.set(key, found);
  return found;
}

function isShutFor({ forward, entries, closed, exits, exitsClosed }: RoutingGap, facts: HostFacts): boolean {
  if (exitsClosed || closed.length === entries.length) return true;
  if (forward.interfaces.length > 0) return false;
  const uplinks = uplinksOf(facts);
  // A forward is not only for the target's own subnet.
  const outside = entries.filter((name) => !exits.includes(name) || uplinks.includes(name));
  return outside.length > 0 && outside.every((name) => closed.includes(name));
}

/** The sysctl that lets one interface forward, below /proc/sys (docs/netfilter.md, fact 34). */
export const forwardingPath = (name: string, family: Family): string =>
  family === 'ip' ? `net/ipv4/conf/${name}/forwarding` : `net/ipv6/conf/${name}/force_forwarding`;

/** Every interface that does not forward and should. The lists of entries are shared by many forwards. */
export function closedBy(gaps: readonly RoutingGap[]): string[] {
  const lists = new Set(gaps.flatMap(({ closed, closedExits }) => [closed, closedExits]));
  return [...new Set([...lists].flat())];
}

/** The families for which portfwd turns forwarding on (`forwarding: enable` in the model). */
export function forwardingByUs(model: Model, facts: HostFacts): Family[] {
  if (model.forwarding !== 'enable') return [];
  const families = new Set(routingGaps(model, facts).map(({ forward }) => forward.family));
  return (['ip', 'ip6'] as const).filter((family) => families.has(family));
}

/** Something does not forward. A quick answer, since on most hosts everything forwards or nothing does. */
const closedIn = (facts: HostFacts, family: Family): boolean =>
  !facts.forwarding[family] ||
  (facts.forwarding.interfaces ?? []).some((entry) => !isForwarding(facts, family, entry.interface));

function gapOf(forward: Forward, facts: HostFacts): RoutingGap[] {
  const { family, target } = forward;
  const entries = entriesOf(forward, facts);
  const ways = waysTo(facts, target.address).map(({ routes }) => routes.map((route) => route.interface));
  const closedWays = ways.filter((links) => !links.some((name) => isForwarding(facts, family, name)));
  const exits = [...new Set(ways.flat())];
  const closedExits = [...new Set(closedWays.flat())];
  const { closed } = entries;
  const exitsClosed = exits.length > 0 && ways.length === closedWays.length;
  const isUnknown = entries.names.length === 0 && !facts.forwarding[family];
  return closed.length > 0 || closedExits.length > 0 || isUnknown
    ? [{ forward, entries: entries.names, closed, exits, exitsClosed, closedExits }]
    : [];
}

interface Entries {
  readonly names: readonly string[];
  readonly closed: readonly string[];
}

/** Packets for an address of this host can come in through any interface, if the forward names none. */
function entriesOf(forward: Forward, facts: HostFacts): Entries {
  const { known } = valuesOf(facts);
  const key = entriesKey(forward).join(' ');
  const found = known.get(key) ?? entriesFor(forward, facts);
  known.set(key, found);
  return found;
}

const entriesKey = ({ family, interfaces }: Forward): readonly string[] => [family, ...interfaces];

function entriesFor({ family, interfaces }: Forward, facts: HostFacts): Entries {
  const all = (facts.forwarding.interfaces ?? []).map((entry) => entry.interface).filter((name) => name !== 'lo');
  const names = interfaces.length === 0 ? withAddress(all, family, facts) : namedBy(interfaces, all);
  return { names, closed: names.filter((name) => !isForwarding(facts, family, name)) };
}

/** An interface without an address of the family, such as the port of a bridge, is left out: it delivers nothing itself. */
function withAddress(all: readonly string[], family: Family, { addresses }: HostFacts): string[] {
  const having = new Set(
    addresses.filter(({ address }) => address.includes(':') === (family === 'ip6')).map((address) => address.interface),
  );
  return all.filter((name) => having.has(name));
}

/** A name that does not exist yet is kept. */
const namedBy = (patterns: readonly string[], all: readonly string[]): string[] => [
  ...new Set(
    patterns.flatMap((pattern) =>
      pattern.endsWith('*') ? all.filter((name) => coversInterface(pattern, name)) : [pattern],
    ),
  ),
];

interface Values extends Readonly<Record<Family, ReadonlyMap<string, boolean>>> {
  /** Entries that were worked out already, by the interfaces that a forward names. */
  readonly known: Map<string, Entries>;
  /** By these interfaces and those towards the target. */
  readonly shut: Map<string, boolean>;
}

const values = new WeakMap<HostFacts, Values>();

function valuesOf(facts: HostFacts): Values {
  const found = values.get(facts);
  if (found !== undefined) return found;
  const { ip6, interfaces = [] } = facts.forwarding;
  const made: Values = {
    ip: new Map(interfaces.map((entry) => [entry.interface, entry.ip])),
    ip6: new Map(interfaces.map((entry) => [entry.interface, ip6 || entry.ip6 === true])),
    known: new Map(),
    shut: new Map(),
  };
  values.set(facts, made);
  return made;
}
