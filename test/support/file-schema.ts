import { Ajv } from 'ajv';
import { isError, type Finding } from '../../src/finding/finding.ts';
import { fileSchema } from '../../src/parse/json-schema/json-schema.ts';

const validate = new Ajv({ strict: true, strictTypes: false, keywords: ['patternErrorMessage'] }).compile(fileSchema());

/** A value as an editor checks it. */
export const schemaAccepts = (value: unknown): boolean => validate(value);

/** Why the schema refuses the value that it was asked about last. */
export const schemaErrors = (): string => JSON.stringify(validate.errors);

/** What JSON Schema cannot express: codes of findings, or the messages among them. */
const BEYOND: readonly (readonly [reason: string, applies: (finding: Finding) => boolean])[] = [
  ['the text of the file, before it is a value', ({ code }) => code.startsWith('file/')],
  ['how many forwards and map elements there are', ({ code }) => code === 'model/too-large'],
  ['two forwards', ({ code }) => code === 'forward/duplicate-name' || code === 'listen/overlap'],
  ['two keys', ({ code }) => code === 'forward/family-mismatch' || code === 'forward/range-length'],
  ['two keys', ({ code, message }) => code === 'listen/port' && message.includes('/')],
  [
    'a key that no reader of YAML gives to a validator',
    ({ code, offset }) => code === 'model/unknown-key' && offset !== undefined,
  ],
  [
    'which of several files it is',
    ({ code, path, message }) =>
      code === 'model/missing-key' && path.length === 0 && /^missing key (?:version|forwards)$/.test(message),
  ],
  ['two items of a list', ({ code }) => code === 'from/overlap'],
  ['the order of two numbers', ({ message }) => /descending order|range of a single port/.test(message)],
  ['the order of two addresses', ({ message }) => /^"[\da-f.:]+-[\da-f.:]+" is neither/.test(message)],
  ['the canonical form of an IPv6 address', ({ message }) => message.includes('is not the canonical form')],
  [
    'the meaning of an address',
    ({ code, message }) => code === 'from/unusable-address' || message.includes('IPv4-mapped'),
  ],
  ['bits of a prefix', ({ message }) => message.includes('has host bits set')],
  ['a valid IPv6 address', ({ message }) => /"[^"]*:[^"]*:[^"]*" is (?:not|neither) an? address/.test(message)],
];

/** Whether the schema can know about any of the errors. */
export const schemaKnows = (findings: readonly Finding[]): boolean =>
  findings.filter(isError).some((finding) => !BEYOND.some(([, applies]) => applies(finding)));
