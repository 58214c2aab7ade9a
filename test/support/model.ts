import { check } from '../../src/check/check.ts';
import { formatPath, isError, type Finding } from '../../src/finding/finding.ts';
import type { HostFacts } from '../../src/model/host-facts.ts';
import type { Forward, Model } from '../../src/model/model.ts';
import { modelFrom, type ParsedModel } from '../../src/parse/model.ts';
import { parseDocument } from '../../src/parse/yaml.ts';
import { schemaAccepts, schemaErrors, schemaKnows } from './file-schema.ts';

/** Also compares with the JSON Schema: it must accept what the parser accepts, and refuse what it can express. */
export function parseModel(bytes: Uint8Array): ParsedModel {
  const document = parseDocument(bytes);
  const parsed = modelFrom(document);
  if (bytes.length < LARGE) requireSchemaAgrees(document.value, parsed.findings);
  return parsed;
}

const LARGE = 100_000;

function requireSchemaAgrees(value: unknown, findings: readonly Finding[]): void {
  if (findings.some(({ code }) => code.startsWith('file/'))) return;
  const accepts = schemaAccepts(value);
  if (!accepts && !findings.some(isError))
    throw new Error(`the schema refuses a good file: ${JSON.stringify(value)} ${schemaErrors()}`);
  if (accepts && schemaKnows(findings))
    throw new Error(`the schema accepts a bad file: ${JSON.stringify(value)} ${JSON.stringify(findings)}`);
}

export const parseText = (text: string): ParsedModel => parseModel(new TextEncoder().encode(text));

/** A model file with these items under `forwards`, each beginning on a line of its own; the first stands on line 3. */
export const fileOf = (...items: readonly string[]): string =>
  `version: 1\nforwards:\n${items.map((item) => `- ${item}\n`).join('')}`;

/** The forwards of a file that must be without findings. */
export function forwardsOf(...items: readonly string[]): readonly Forward[] {
  return modelOf(fileOf(...items)).forwards;
}

export function modelOf(text: string): Model {
  const { model, findings } = parseText(text);
  if (model === undefined || findings.length > 0) throw new Error(`not a good model: ${JSON.stringify(findings)}`);
  return model;
}

/** `LINE:COLUMN PATH CODE` of everything that is wrong with the shape of a file. */
export function parseFindings(text: string | Uint8Array): string[] {
  const { findings, locate } = typeof text === 'string' ? parseText(text) : parseModel(text);
  return findings.map((finding) => placed(finding, locate));
}

/** The same for the errors that the cross-checks find in a file whose shape is good. */
export function checkFindings(items: readonly string[], facts?: HostFacts): string[] {
  const text = fileOf(...items);
  const { locate } = parseText(text);
  return check(modelOf(text), facts)
    .filter(isError)
    .map((finding) => placed(finding, locate));
}

function placed(finding: Finding, locate: ParsedModel['locate']): string {
  if (finding.message === '' || finding.remedy === '') throw new Error(`says nothing: ${JSON.stringify(finding)}`);
  const { line, column } = locate(finding);
  return `${line}:${column} ${formatPath(finding.path)} ${finding.code}`;
}

/** A gateway for IPv4: 192.0.2.1/24 on wan0, 10.0.0.1/24 and 2001:db8::1/64 on lan0. */
export const GATEWAY: HostFacts = {
  version: 1,
  addresses: [
    { interface: 'lo', address: '127.0.0.1', prefixLength: 8 },
    { interface: 'wan0', address: '192.0.2.1', prefixLength: 24, broadcast: '192.0.2.255' },
    { interface: 'lan0', address: '10.0.0.1', prefixLength: 24, broadcast: '10.0.0.255' },
    { interface: 'lan0', address: '2001:db8::1', prefixLength: 64 },
  ],
  onLink: [
    { prefix: '192.0.2.0/24', interface: 'wan0' },
    { prefix: '10.0.0.0/24', interface: 'lan0' },
    { prefix: '2001:db8::/64', interface: 'lan0' },
  ],
  forwarding: { ip: true, ip6: false },
};
