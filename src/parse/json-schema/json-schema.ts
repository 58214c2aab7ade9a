import * as z from 'zod/mini';
import { FORWARD_KEYS, forwardKeys, rowOf, type ForwardKey } from '../../model/forward-keys.ts';
import { FILE_KEYS } from '../help/file-keys.ts';
import * as patterns from './patterns.ts';
import { forwardSchema, modelSchema } from '../schema.ts';

type Schema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema (draft 7, which editors know best) of the file: that of zod, with the forwards inside, with descriptions, and with
 * patterns for the text that is parsed later. It accepts every file that portfwd accepts, the main file and those in its directory:
 * an editor has one schema for both. It cannot express what depends on two values: the order of a range, equal lengths, families,
 * overlaps. Editors show `patternErrorMessage` in place of the pattern.
 */
export function fileSchema(): Schema {
  const { $schema, required: _, ...model } = jsonOf(modelSchema);
  const properties = describe(model['properties'] as Schema, FILE_KEYS);
  return {
    $schema,
    title: 'Forwards of portfwd',
    description: 'Services that portfwd publishes on ports of this host. See portfwd.yaml(5).',
    ...model,
    ...EITHER_FILE,
    properties: { ...properties, forwards: { ...(properties['forwards'] as Schema), items: ITEM } },
    definitions: { forward: forward(), shorthand: shorthand() },
  };
}

/** A file in the directory has forwards and may leave out the version. Other keys are only in the main file, which has a version. */
const EITHER_FILE = {
  minProperties: 1,
  dependencies: Object.fromEntries(
    Object.keys(FILE_KEYS)
      .filter((key) => key !== 'version' && key !== 'forwards')
      .map((key) => [key, ['version']]),
  ),
};

const ITEM = { anyOf: [{ $ref: '#/definitions/shorthand' }, { $ref: '#/definitions/forward' }] };

const jsonOf = (schema: z.core.$ZodType): Schema => z.toJSONSchema(schema, { target: 'draft-7' });

const describe = (properties: Schema, rows: Readonly<Record<string, { readonly help: string }>>): Schema =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, { description: rows[key]?.help, ...(value as Schema) }]),
  );

function forward(): Schema {
  const { $schema: _, ...schema } = jsonOf(forwardSchema);
  const properties = describe(schema['properties'] as Schema, FORWARD_KEYS);
  const written = forwardKeys.map((key) => [key, withText(key, properties[key] as Schema)]);
  return { ...schema, properties: Object.fromEntries(written), not: WILDCARD_WITHOUT_KEY };
}

const text = (pattern: string): Schema => ({ type: 'string', pattern });

/** A key of which an item, or the only one, matches the pattern. */
const hasText = (key: ForwardKey, pattern: string): Schema => ({
  required: [key],
  properties: { [key]: { anyOf: [text(pattern), { type: 'array', contains: text(pattern) }] } },
});

/** A name that ends in `*` needs `wildcard: true`. */
const WILDCARD_WITHOUT_KEY = {
  properties: { wildcard: { const: false } },
  anyOf: [hasText('interface', '\\*$'), hasText('listen', '^[^*]+\\*:')],
};

/** Puts the patterns of the key in, and the defaults. */
function withText(key: ForwardKey, schema: Schema): Schema {
  const { default: value, remedy } = rowOf(key);
  const made = { ...schema, ...(value === undefined ? {} : { default: value }) };
  const like = (pattern: string): Schema => ({ ...text(pattern), patternErrorMessage: remedy });
  switch (key) {
    case 'listen':
      return either(made, [PORT, like(patterns.LISTEN)], like(patterns.LISTENS));
    case 'target':
      return { ...made, ...like(patterns.TARGET) };
    case 'from':
      return either(made, [like(patterns.SOURCE)], like(patterns.SOURCES));
    case 'interface':
      return either(made, [like(patterns.INTERFACE)], like(patterns.INTERFACES));
    case 'protocol':
      return either(made, [{ enum: [...FORWARD_KEYS.protocol.choices] }, like(patterns.PROTOCOLS)]);
    case 'name':
      return { ...made, ...like(patterns.NAME) };
    case 'comment':
      return { ...made, ...like(patterns.ONE_LINE), maxLength: 200 };
    default:
      return made;
  }
}

const PORT = { type: 'integer', minimum: 1, maximum: 65_535 };

/** One item, several in one text, or a list of items. */
function either(schema: Schema, item: readonly Schema[], several?: Schema): Schema {
  const [only = {}] = item;
  const list = { type: 'array', minItems: 1, items: item.length === 1 ? only : { anyOf: item } };
  return { ...schema, anyOf: [...item, ...(several === undefined ? [] : [several]), list] };
}

const shorthand = (): Schema => ({
  ...text(patterns.SHORTHAND),
  description: SHORTHAND,
  patternErrorMessage: `write ${SHORTHAND}`,
});

const SHORTHAND = 'LISTEN:TARGET[/PROTOCOL], such as "6000:192.168.0.2:5000" or "[::]:443:[2001:db8::10]:8443"';
