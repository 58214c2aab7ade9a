import { fieldText } from './field-text.ts';
import { objectOf, soleEntry, type Json } from './objects.ts';
import { valueText } from './value-text.ts';

/** A rule for people: the usual statements in nft's own syntax, every other one as JSON. */
export const ruleText = ({ expr, comment }: Json): string =>
  [
    ...(Array.isArray(expr) ? expr : []).map(statementText),
    ...(typeof comment === 'string' ? [`comment ${JSON.stringify(comment)}`] : []),
  ].join(' ');

function statementText(statement: unknown): string {
  const { kind, body } = soleEntry(statement);
  return (
    (Object.hasOwn(TEXTS, kind) ? TEXTS[kind]?.(body) : undefined) ??
    (Object.keys(body).length === 0 ? kind : JSON.stringify(statement))
  );
}

const TEXTS: Readonly<Record<string, (body: Json) => string>> = {
  match: ({ op, left, right }) => {
    const field = fieldText(left);
    const said = op === 'in' || (op === '==' && soleEntry(left).kind !== '&') ? '' : `${valueText(op)} `;
    return `${field} ${said}${valueText(right, field)}`;
  },
  jump: ({ target }) => `jump ${valueText(target)}`,
  goto: ({ target }) => `goto ${valueText(target)}`,
  mangle: ({ key, value }) => `${fieldText(key)} set ${fieldText(value)}`,
  counter: () => 'counter',
  log: (body) => ['log', ...Object.entries(body).map(([key, value]) => `${key} ${quoted(value)}`)].join(' '),
  reject: () => 'reject',
  vmap: ({ key, data }) => `${fieldText(key)} vmap ${mapText(data, fieldText(key))}`,
  dnat: ({ family, addr, port }) =>
    `dnat ${family === undefined ? '' : `${valueText(family)} `}to ${target(addr, port)}`,
  redirect: ({ port }) => (port === undefined ? 'redirect' : `redirect to :${lookupText(port)}`),
};

const quoted = (value: unknown): string =>
  typeof value === 'string' && !/^[a-z]+$/.test(value) ? JSON.stringify(value) : valueText(value);

/** `10.0.0.2:80`, `[2001:db8::2]:80`, or a lookup for each of the two parts. */
function target(addr: unknown, port: unknown): string {
  const address = addr === undefined ? '' : lookupText(addr);
  if (port === undefined) return address;
  if (typeof addr === 'object') return `${address} : ${lookupText(port)}`;
  return `${address.includes(':') ? `[${address}]` : address}:${lookupText(port)}`;
}

function lookupText(value: unknown): string {
  const { key, data } = objectOf(objectOf(value)['map']);
  return key === undefined ? valueText(value) : `${fieldText(key)} map ${mapText(data, fieldText(key))}`;
}

/** `@name`, or the elements of a map without a name: `{ established : accept, new : jump sub }`. */
function mapText(data: unknown, of: string): string {
  const elements = objectOf(data)['set'];
  if (!Array.isArray(elements)) return valueText(data);
  const texts = elements.map((element: unknown) => {
    const [key, value] = Array.isArray(element) ? element : [element, undefined];
    return `${valueText(key, of)} : ${typeof value === 'object' ? statementText(value) : valueText(value)}`;
  });
  return `{ ${texts.join(', ')} }`;
}
