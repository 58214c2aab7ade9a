import type * as z from 'zod/mini';
import type { Finding, ModelPath } from '../finding/finding.ts';
import { parseListenText, parseTargetText, type Fault } from './endpoint.ts';
import { deriveName } from '../model/forward-name.ts';
import { forwardKeys, rowOf } from '../model/forward-keys.ts';
import { DEFAULTS, plainKeys, type PlainKey } from '../model/forward-values.ts';
import { checkInterface } from '../model/interface-name.ts';
import type { Family, Forward, Listen, Protocol, Target } from '../model/model.ts';
import { itemPath, listOf, forwardSchema, type ForwardInput } from './schema.ts';
import { parseSources } from './from.ts';
import { schemaFindings } from './schema-findings.ts';
import { parseShorthand } from './shorthand.ts';
import { respell } from './spelling/respell.ts';
import { parseCommonShorthand } from './shorthand-fast-path.ts';
import { usualListen, usualTarget } from './usual-endpoints.ts';
import { isUsualInput } from './usual-input.ts';

type Result = { readonly forward?: Forward; readonly findings: readonly Finding[] };

const NONE: readonly Finding[] = [];

const KEYS: readonly string[] = forwardKeys;

/** Parses one item of `forwards`: a mapping, or text in shorthand. */
export function parseForward(input: unknown, path: ModelPath): Result {
  if (typeof input === 'string') {
    const common = parseCommonShorthand(input, path);
    if (common !== undefined) return { forward: common, findings: NONE };
    const shorthand = parseShorthand(input);
    if ('fault' in shorthand)
      return { findings: [{ ...withoutAbout(shorthand.fault), code: 'forward/shorthand', path }] };
    return fromInput(shorthand.ok, path);
  }
  if (isMapping(input) && isUsualInput(input)) return fromInput(input, path);
  const spelled = isMapping(input) ? respell(input) : input;
  const parsed = forwardSchema.safeParse(spelled);
  if (parsed.success) return fromInput(parsed.data, path);
  const findings = schemaFindings(parsed.error, spelled, path, KEYS);
  return { findings: [...findings, ...fromInput(validKeys(spelled, parsed.error), path).findings] };
}

const isMapping = (input: unknown): input is Readonly<Record<string, unknown>> =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** The keys whose values have the right type, so that errors inside them are reported as well. */
function validKeys(input: unknown, { issues }: z.core.$ZodError): Partial<ForwardInput> {
  if (!isMapping(input)) return {};
  const invalid = new Set(issues.map(({ path }) => path[0]));
  return Object.fromEntries(Object.entries(input).filter(([key]) => KEYS.includes(key) && !invalid.has(key)));
}

/** Returns a forward only if it is complete and has no findings. */
function fromInput(input: Partial<ForwardInput>, path: ModelPath): Result {
  const findings: Finding[] = [];
  const listens = parseListens(input, path.concat('listen'), findings);
  const target = input.target === undefined ? undefined : parseTarget(input.target, path.concat('target'), findings);
  const interfaces = input.interface === undefined ? NOTHING : parseInterfaces(input, path, findings);
  const { from } = input;
  const sources = from === undefined ? NOTHING : parseSources(from, target?.family, path, findings);
  for (const { key, check } of CHECKS) {
    const value = input[key];
    const problem = typeof value === 'string' ? check(value) : undefined;
    if (problem !== undefined) findings.push({ ...problem, path: path.concat(key) });
  }
  if (target === undefined || findings.length > 0) return { findings };
  const { family } = target;
  const protocols = protocolsOf(input.protocol);
  const forward: Forward = {
    name: input.name ?? deriveName({ protocols, family, listens, interfaces }),
    family,
    protocols,
    listens,
    target: target.target,
    interfaces,
    from: sources,
    ...DEFAULTS,
    path,
  };
  const written = forward as { -readonly [Key in PlainKey]: unknown };
  for (const key of plainKeys) if (input[key] !== undefined) written[key] = input[key];
  return { forward, findings: NONE };
}

const NOTHING: readonly string[] = [];

/** Nearly every forward has one, so these lists exist once. */
const ONE_PROTOCOL = { tcp: ['tcp'], udp: ['udp'], sctp: ['sctp'] } as const;

const protocolsOf = (protocol: ForwardInput['protocol'] = 'tcp'): readonly Protocol[] =>
  typeof protocol === 'string' ? ONE_PROTOCOL[protocol] : unique(protocol);

const CHECKS = forwardKeys.flatMap((key) => {
  const { check } = rowOf(key);
  return check === undefined ? [] : [{ key, check }];
});

function parseInterfaces(
  { interface: written = [], wildcard = false }: Partial<ForwardInput>,
  path: ModelPath,
  findings: Finding[],
): readonly string[] {
  const names = listOf(written);
  for (let index = 0; index < names.length; index += 1) {
    const problem = checkInterface(names[index] ?? '', wildcard);
    if (problem !== undefined) findings.push({ ...problem, path: itemPath(written, path.concat('interface'), index) });
  }
  return unique(names);
}

function parseListens(
  { listen: written = [], target, wildcard = false }: Partial<ForwardInput>,
  path: ModelPath,
  findings: Finding[],
): Listen[] {
  const listens: Listen[] = [];
  const items = listOf(written);
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] ?? '';
    const at = itemPath(written, path, index);
    const parsed = usualListen(item, at) ?? parseListen(`${item}`, { wildcard, target }, at, findings);
    if (parsed !== undefined) listens.push(parsed);
  }
  return listens;
}

function parseListen(
  text: string,
  { wildcard, target }: { readonly wildcard: boolean; readonly target: string | undefined },
  path: ModelPath,
  findings: Finding[],
): Listen | undefined {
  const parsed = parseListenText(text, target);
  if ('fault' in parsed) {
    findings.push({ ...withoutAbout(parsed.fault), code: `listen/${parsed.fault.about}`, path });
    return undefined;
  }
  const { address, interface: name, family, ports } = parsed.ok;
  if (name === undefined) return { address: address?.text, family, ports, path };
  const problem = checkInterface(name, wildcard);
  if (problem !== undefined) findings.push({ ...problem, path });
  return { interface: name, ports, path };
}

function parseTarget(
  text: string,
  path: ModelPath,
  findings: Finding[],
): { readonly family: Family; readonly target: Target } | undefined {
  const usual = usualTarget(text, path);
  if (usual !== undefined) return { family: 'ip', target: usual };
  const parsed = parseTargetText(text);
  if ('fault' in parsed) {
    findings.push({ ...withoutAbout(parsed.fault), code: `target/${parsed.fault.about}`, path });
    return undefined;
  }
  const { address, ports } = parsed.ok;
  return { family: address.family, target: { address: address.text, ports, path } };
}

const withoutAbout = ({ message, remedy }: Fault): { message: string; remedy: string } => ({ message, remedy });

const unique = <T>(values: readonly T[]): readonly T[] => (values.length < 2 ? values : [...new Set(values)]);
