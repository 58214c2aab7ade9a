import { objectOf, soleEntry, type Json } from './objects.ts';
import { valueText } from './value-text.ts';

/** What a match or a lookup looks at, in nft's own syntax: `tcp dport`, `iifname`, `ct original proto-dst`. */
export function fieldText(field: unknown): string {
  const { kind, body } = soleEntry(field);
  return (Object.hasOwn(TEXTS, kind) ? TEXTS[kind]?.(body) : undefined) ?? valueText(field);
}

const TEXTS: Readonly<Record<string, (body: Json) => string | undefined>> = {
  payload: ({ protocol, field }) => (protocol === undefined ? undefined : words(protocol, field)),
  meta: ({ key }) => (isInterface(key) ? words(key) : words('meta', key)),
  ct: ({ dir, key }) => (dir === undefined ? words('ct', key) : words('ct', dir, key)),
  fib: ({ flags, result }) =>
    words('fib', (Array.isArray(flags) ? flags : [flags]).map((flag) => valueText(flag)).join(' . '), result),
  rt: ({ key }) => words('rt', key),
  'tcp option': ({ name, field }) => words('tcp option', name, field),
  concat: (parts) => listOf(parts).map(fieldText).join(' . '),
  '&': (operands) => {
    const [left, mask] = listOf(operands);
    return `${fieldText(left)} & ${typeof mask === 'string' ? mask : `(${flagsOf(mask).join(' | ')})`}`;
  },
};

const words = (...parts: readonly unknown[]): string => parts.map((part) => valueText(part)).join(' ');

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** nft writes these without the word `meta`. */
const isInterface = (key: unknown): boolean => typeof key === 'string' && /^[io]if(name)?$/.test(key);

/** The flags of a mask: a list in nft 1.0, an operation in 1.1, nested operations of two operands each in 0.9. */
function flagsOf(mask: unknown): readonly string[] {
  if (Array.isArray(mask)) return mask.flatMap(flagsOf);
  const operands = objectOf(mask)['|'];
  return operands === undefined ? [valueText(mask)] : flagsOf(operands);
}
