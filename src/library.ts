import { check as checkModel } from './check/check.ts';
import { emitJson as jsonOf } from './emit/json.ts';
import { emitText as textOf } from './emit/text.ts';
import { isError } from './finding/finding.ts';
import { publicFinding } from './library/public-finding.ts';
import { simulateConnection } from './library/simulate-connection.ts';
import { lower as rulesetOf } from './lower/lower.ts';
import { digestOf } from './model/digest.ts';
import { parseHostFacts as factsFrom } from './parse/host-facts.ts';
import { fileSchema as schemaOfFile } from './parse/json-schema/json-schema.ts';
import { modelFrom, type ParsedModel } from './parse/model.ts';
import { parseDocument } from './parse/yaml.ts';
import type { Ruleset as Rules } from './ruleset/ruleset.ts';

// The types here are all that the library promises: they are written out, so that those of the other folders can change.

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** One place where clients connect. Without an address and an interface: every address of the host. */
export interface Listen {
  readonly address?: string | undefined;
  readonly interface?: string | undefined;
  readonly family?: 'ip' | 'ip6' | undefined;
  readonly ports: PortRange;
  /** Where it is in the file. */
  readonly path: readonly (string | number)[];
}

/** Where a forward goes. Without ports, the port is kept. */
export interface Target {
  readonly address: string;
  readonly ports?: PortRange | undefined;
  readonly path: readonly (string | number)[];
}

/** One item of `forwards`, with all defaults filled in. Addresses are canonical. */
export interface Forward {
  readonly name: string;
  readonly family: 'ip' | 'ip6';
  readonly protocols: readonly ('tcp' | 'udp' | 'sctp')[];
  readonly listens: readonly Listen[];
  readonly target: Target;
  /** Empty: every interface. */
  readonly interfaces: readonly string[];
  /** Addresses and prefixes of clients. Empty: all clients. */
  readonly from: readonly string[];
  readonly masquerade: 'auto' | 'always' | 'never';
  readonly loopback: boolean;
  readonly mss: 'keep' | 'clamp';
  readonly enabled: boolean;
  readonly comment?: string | undefined;
  readonly path: readonly (string | number)[];
}

/** A whole file. */
export interface Model {
  readonly version: 1;
  readonly forwarding: 'require' | 'enable' | 'ignore';
  readonly priority: number;
  readonly counters: boolean;
  readonly revision?: string | undefined;
  readonly forwards: readonly Forward[];
}

/** An error, a warning or a note. docs/findings.md lists the codes. */
export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  /** How to fix it. */
  readonly remedy: string;
  /** Such as `forwards[1].listen`. */
  readonly path: string;
  /** Both begin at 1. */
  readonly line: number;
  readonly column: number;
}

/** What is known of the host that loads the ruleset. `portfwd facts` prints it. */
export interface HostFacts {
  readonly version: 1;
  readonly addresses: readonly {
    readonly interface: string;
    readonly address: string;
    readonly prefixLength: number;
  }[];
  /** Prefixes that the host reaches directly. */
  readonly onLink: readonly { readonly prefix: string; readonly interface: string }[];
  /** Whether the host forwards packets. */
  readonly forwarding: { readonly ip: boolean; readonly ip6: boolean };
}

/** An nftables table, for `emitJson`, `emitText` and `simulate`. What is inside can change between versions. */
export interface Ruleset {
  readonly table: { readonly family: 'inet'; readonly name: string };
}

/** The first packet of a connection. */
export interface Connection {
  /** The client. Without it, the host itself connects. */
  readonly source?: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Where it comes in. Without it, the interface through which the host reaches the client. */
  readonly interface?: string;
}

/** What becomes of a connection. */
export interface Simulation {
  readonly verdict: 'accept' | 'drop';
  readonly destination: { readonly address: string; readonly port: number };
  /** The destination was rewritten. */
  readonly translated: boolean;
  /** The source becomes an address of the host. */
  readonly masqueraded: boolean;
  /** The rules that matched, in nft syntax, in order. */
  readonly rules: readonly { readonly chain: string; readonly rule: string }[];
}

/**
 * Reads the text of a file in YAML or JSON. If it has errors, the result has findings and no model.
 *
 * @example
 * import { parse } from 'portfwd';
 *
 * const { model } = parse('{ "version": 1, "forwards": ["6000:192.168.0.2:5000"] }');
 * console.log(model?.forwards[0]?.name); // tcp-6000
 *
 * const { findings } = parse('version: 1\nforwards:\n- 6000:192.168.0.300:5000\n');
 * for (const { line, column, path, code } of findings) console.log(`${line}:${column} ${path} ${code}`); // 3:3 forwards[0].target target/address
 */
export function parse(text: string): { readonly model?: Model; readonly findings: readonly Finding[] } {
  const { model, findings, locate } = modelFrom(parseDocument(new TextEncoder().encode(text)));
  const found = findings.map((finding) => publicFinding(finding, locate));
  if (model === undefined || findings.some(isError)) return { findings: found };
  locators.set(model, locate);
  return { model, findings: found };
}

/**
 * Compares the forwards with each other, and with the host if its facts are given: overlaps, loops, families. Load only what
 * has no errors.
 *
 * @example
 * import { check, parse } from 'portfwd';
 *
 * const { model } = parse('version: 1\nforwards:\n- 6000:192.168.0.2:5000\n- 6000:192.168.0.3:5000\n');
 * for (const { line, severity, code } of check(model)) console.log(`${line} ${severity} ${code}`); // 4 error listen/overlap
 */
export function check(model: Model, facts?: HostFacts): readonly Finding[] {
  const locate = locators.get(model) ?? (() => ({ line: 1, column: 1 }));
  return checkModel(model, facts).map((finding) => publicFinding(finding, locate));
}

/**
 * Makes the ruleset. The same model and facts always give the same ruleset. Without facts, connections to 127.0.0.1 are not
 * forwarded, and clients in the subnet of a target are not masqueraded.
 *
 * @example
 * import { lower, parse } from 'portfwd';
 *
 * const { model } = parse('version: 1\nforwards:\n- 6000:192.168.0.2:5000\n');
 * console.log(lower(model).table.name); // portfwd
 */
export const lower = (model: Model, facts?: HostFacts): Ruleset => rulesetOf(model, facts);

/**
 * The ruleset as one document for `nft -j -f`: a transaction that replaces the table.
 *
 * @example
 * import { emitJson, lower, parse } from 'portfwd';
 *
 * const { model } = parse('version: 1\nforwards:\n- 6000:192.168.0.2:5000\n');
 * console.log(Object.keys(JSON.parse(emitJson(lower(model))))); // [ 'nftables' ]
 */
export const emitJson = (ruleset: Ruleset): string => jsonOf(ruleset as Rules).text;

/**
 * The ruleset in the syntax of nft, for `nft -f`.
 *
 * @example
 * import { emitText, lower, parse } from 'portfwd';
 *
 * const { model } = parse('version: 1\nforwards:\n- 6000:192.168.0.2:5000\n');
 * console.log(emitText(lower(model)).split('\n')[0]); // table inet portfwd
 */
export const emitText = (ruleset: Ruleset): string => textOf(ruleset as Rules);

/**
 * What the ruleset does with a connection on a host with these facts.
 *
 * @example
 * import { lower, parse, simulate } from 'portfwd';
 *
 * const facts = {
 *   version: 1,
 *   addresses: [{ interface: 'lan0', address: '192.168.0.1', prefixLength: 24 }],
 *   onLink: [{ prefix: '192.168.0.0/24', interface: 'lan0' }],
 *   forwarding: { ip: true, ip6: false },
 * };
 * const { model } = parse('version: 1\nforwards:\n- 6000:192.168.0.2:5000\n');
 * const connection = { source: '192.168.0.7', destination: '192.168.0.1', port: 6000, protocol: 'tcp' };
 * const { destination, masqueraded } = simulate(lower(model, facts), connection, facts);
 * console.log(destination.address, destination.port, masqueraded); // 192.168.0.2 5000 true
 */
export const simulate = (ruleset: Ruleset, connection: Connection, facts: HostFacts): Simulation =>
  simulateConnection(ruleset as Rules, connection, facts);

/**
 * Reads host facts, as `portfwd facts` prints them. Undefined: the text has none.
 *
 * @example
 * import { parseHostFacts } from 'portfwd';
 *
 * console.log(parseHostFacts('{}')); // undefined
 */
export const parseHostFacts = (text: string): HostFacts | undefined => factsFrom(text);

/**
 * A digest of what the model means. Comments, order and spelling in the file do not change it.
 *
 * @example
 * import { digest, parse } from 'portfwd';
 *
 * const [one, other] = ['6000:10.0.0.2:80', '{ target: 10.0.0.2:80, listen: 6000 }'].map((item) => parse(`version: 1\nforwards:\n- ${item}\n`));
 * console.log(digest(one.model) === digest(other.model)); // true
 */
export const digest = (model: Model): string => digestOf(model);

/**
 * The JSON Schema of the file, for editors and generators.
 *
 * @example
 * import { fileSchema } from 'portfwd';
 *
 * console.log(fileSchema().title); // Forwards of portfwd
 */
export const fileSchema = (): Readonly<Record<string, unknown>> => schemaOfFile();

/** Where the parts of a model are in its text. */
const locators = new WeakMap<Model, ParsedModel['locate']>();
