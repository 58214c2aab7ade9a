import { diagnose } from '../../src/diagnose/diagnose.ts';
import type { IptablesTable, NftTable, Observations } from '../../src/diagnose/observations.ts';
import type { Link } from '../../src/model/routing/links.ts';
import type { Finding } from '../../src/finding/finding.ts';
import { fileOf, GATEWAY, modelOf } from './model.ts';

/** A host where nothing is in the way. */
export const QUIET: Observations = {
  sockets: [],
  session: undefined,
  links: undefined,
  tables: [],
  localPorts: { range: { first: 32768, last: 60999 }, reserved: [] },
  reversePath: { refusing: [], outgoing: ['wan0'] },
  bridges: { families: [], ports: [], portsByAddress: new Map() },
  replies: { uplinks: [], routes: [] },
};

export const link = (name: string, more: Partial<Link> = {}): Link => ({
  name,
  state: 'up',
  mtu: 1500,
  ...more,
});

/** What the gateway of support/model.ts, observed so, does to a file with these forwards. */
export const diagnosed = (items: readonly string[], seen: Partial<Observations>, top = ''): Finding[] =>
  diagnose(modelOf(`${top}${fileOf(...items)}`), GATEWAY, { ...QUIET, ...seen });

export const codesOf = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);

export const messagesOf = (findings: readonly Finding[]): string[] => findings.map(({ message }) => message);

export const iptables = (lines: readonly string[], more: Partial<IptablesTable> = {}): IptablesTable => ({
  kind: 'iptables',
  family: 'ip',
  name: 'filter',
  variant: 'nft',
  command: 'iptables',
  lines,
  ...more,
});

/** A table with one base chain, and the rules of its chains as libnftables-json. */
export const nftTable = (
  chain: Partial<NftTable['chains'][number]>,
  rules: Readonly<Record<string, readonly (readonly unknown[])[]>>,
  family = 'inet',
): NftTable => ({
  kind: 'nft',
  family,
  name: 'fw',
  chains: [{ name: 'base', type: 'filter', hook: 'forward', priority: 0, policy: 'accept', ...chain }],
  rules: Object.entries(rules).flatMap(([name, exprs]) => exprs.map((expr) => ({ chain: name, expr }))),
});
