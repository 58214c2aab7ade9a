import { shellWord } from '../../diagnose/printed-command.ts';
import { isLinkLocal } from '../../model/address.ts';
import { coversInterface } from '../../model/interface-name.ts';
import { stateText, type Link } from '../../model/routing/links.ts';
import { longestMatch, networkOf } from '../../model/prefix.ts';
import type { Case } from '../case.ts';
import { cause, type Cause, type Level } from '../cause.ts';
import type { Evidence } from '../evidence.ts';
import { fromFindings } from './from-findings.ts';

/** If the forward receives through some interface, it works for the clients there. */
const levelOf = ({ arrivals }: Case): Level => (arrivals?.length === 0 ? 'fault' : 'doubt');

export const interfaceAbsent = (one: Case): Cause[] =>
  fromFindings(one, 'host/interface-absent', 'interface-absent', () => levelOf(one));

export const interfacePort = (one: Case): Cause[] =>
  fromFindings(one, 'host/interface-port', 'interface-port', () => levelOf(one));

export const interfaceDown = (one: Case, { seen: { links = [] } }: Evidence): Cause[] =>
  fromFindings(one, 'host/interface-down', 'interface-down', () => levelOf(one)).map((found) => {
    const down = links.find(
      ({ name, state }) => state === 'down' && one.forward.interfaces.some((pattern) => coversInterface(pattern, name)),
    );
    return down === undefined
      ? found
      : cause(found.code, found.level, found.message, `run: ip link set ${shellWord(down.name)} up`);
  });

/** A listen on the interface receives nothing without an address there. The key `interface` alone may. */
export const interfaceWithoutAddress = (one: Case): Cause[] =>
  fromFindings(one, 'host/interface-without-address', 'interface-without-address', () =>
    one.bindings.every(({ listen, ownAddresses }) => listen.interface !== undefined && ownAddresses.length === 0)
      ? 'fault'
      : 'doubt',
  );

export const interfaceVrf = (one: Case): Cause[] =>
  fromFindings(one, 'host/interface-vrf', 'interface-vrf', () => 'note');

/** The standby of a failover pair has no such address until it takes over. */
export function addressAbsent(one: Case, { hasFailover, facts }: Evidence): Cause[] {
  const isHere = (address: string): boolean => facts.addresses.some((entry) => entry.address === address);
  const isAll = one.forward.listens.every(({ address }) => address !== undefined && !isHere(address));
  const level = isAll ? 'fault' : 'doubt';
  return fromFindings(one, 'host/address-absent', 'address-absent', () => (hasFailover ? 'note' : level)).map(
    (found) =>
      hasFailover
        ? { ...found, remedy: `ignore this if another host has the address now: a program for VRRP runs here` }
        : found,
  );
}

/** The address of the listen is here, and its interface is down. */
export function addressDown(one: Case, evidence: Evidence): Cause[] {
  const {
    facts,
    seen: { links = [] },
  } = evidence;
  const { forward, arrivals = [] } = one;
  if (forward.interfaces.length > 0) return [];
  const byName = new Map(links.map((link) => [link.name, link]));
  const owners = (address: string): Link[] =>
    facts.addresses
      .filter((entry) => entry.address === address)
      .flatMap((entry) => byName.get(entry.interface) ?? [])
      .filter(({ name }) => name !== 'lo');
  const named = forward.listens.flatMap(({ address }) =>
    address === undefined ? [] : [{ address, of: owners(address) }],
  );
  const down = named.filter(({ of }) => of.length > 0 && of.every(({ state }) => state !== 'up'));
  const [first] = down;
  if (first !== undefined) {
    const [link] = first.of;
    if (link === undefined) return [];
    const level = down.length === forward.listens.length ? 'fault' : 'doubt';
    return [downCause(link, `it has ${first.address}, where ${forward.name} listens`, level)];
  }
  return named.length > 0 ? [] : everyAddress(one, arrivals, evidence);
}

/** A listen on every address: clients behind an interface that is down reach nothing. The one to the target does not count. */
function everyAddress({ forward, bindings }: Case, arrivals: readonly string[], { facts, seen }: Evidence): Cause[] {
  if (forward.listens.some((listen) => listen.interface !== undefined)) return [];
  const isDown = new Set((seen.links ?? []).filter(({ state }) => state === 'down').map(({ name }) => name));
  const idle = facts.addresses.find(
    ({ interface: name, address, prefixLength }) =>
      isDown.has(name) &&
      address.includes(':') === (forward.family === 'ip6') &&
      !isLinkLocal(address) &&
      longestMatch([networkOf(address, prefixLength)], forward.target.address) === undefined,
  );
  if (idle === undefined) return [];
  const exits = bindings[0]?.routes.map((route) => route.interface) ?? [];
  const level = arrivals.some((name) => !exits.includes(name)) ? 'note' : 'fault';
  const why = `it has ${idle.address}, so clients there reach nothing`;
  return [downCause({ name: idle.interface, state: 'down' }, why, level)];
}

const downCause = ({ name, state }: Pick<Link, 'name' | 'state'>, why: string, level: Level): Cause =>
  cause(
    'address-down',
    level,
    `${stateText(name, state)}, and ${why}`,
    state === 'down' ? `run: ip link set ${shellWord(name)} up` : `connect ${name}`,
  );

/** Strict rp_filter on the only interface of the clients drops all but those on its own link. */
export const rpFilter = (one: Case, { seen: { reversePath } }: Evidence): Cause[] => {
  const refusing = reversePath?.refusing ?? [];
  const isAll = (one.arrivals ?? []).length > 0 && (one.arrivals ?? []).every((name) => refusing.includes(name));
  return fromFindings(one, 'host/rp-filter', 'rp-filter', () => (isAll ? 'fault' : 'doubt'));
};
