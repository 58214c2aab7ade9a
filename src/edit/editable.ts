import type { Finding } from '../finding/finding.ts';
import { composeOne } from '../parse/yaml.ts';
import { decodeText } from '../parse/decode-text.ts';
import { lineBreakOf } from './lines.ts';
import { toPlain } from '../parse/yaml-value.ts';
import type { Locate } from '../parse/position.ts';
import { locatorOf } from '../parse/yaml-position.ts';
import { splice, type Splice } from './splice.ts';

/** The text of a model file, its YAML nodes and their values. */
export interface Editable {
  readonly text: string;
  /** The file starts with a byte order mark. */
  readonly hasMark: boolean;
  /** The root node of the YAML library. Null if the file is empty. */
  readonly root: unknown;
  /** An empty file, or one without a list, has no forwards. */
  readonly value: Readonly<Record<string, unknown>> & { readonly forwards: readonly unknown[] };
  readonly lineBreak: string;
  readonly locate: Locate;
}

/** The reasons why the text was not changed. */
export interface Refused {
  readonly findings: readonly Finding[];
  readonly locate: Locate;
}

/** Reads a file for editing. Without bytes it is an empty file. Refuses a file that is not valid YAML. */
export function openEditable(bytes: Uint8Array = new Uint8Array()): Editable | Refused {
  const { text, finding } = decodeText(bytes);
  if (finding !== undefined) return { findings: [finding], locate: locatorOf(text, undefined) };
  return openText(
    text,
    [0xef, 0xbb, 0xbf].every((byte, index) => bytes[index] === byte),
  );
}

function openText(text: string, hasMark: boolean): Editable | Refused {
  const { document, findings: syntax } = composeOne(text, true);
  const locate = locatorOf(text, document);
  const root = document?.contents ?? null;
  const plain = toPlain(root, text);
  const findings = [...syntax, ...plain.findings];
  if (findings.length > 0) return { findings, locate };
  return { text, hasMark, root, value: withForwards(plain.value), lineBreak: lineBreakOf(text), locate };
}

/** Other errors in the file are left to the parser of the model. */
function withForwards(value: unknown): Editable['value'] {
  if (value === null) return { version: 1, forwards: [] };
  const { forwards } = value as { readonly forwards?: unknown };
  return { ...(value as object), forwards: Array.isArray(forwards) ? forwards : [] };
}

export const bytesOf = ({ text, hasMark }: Editable): Uint8Array =>
  new TextEncoder().encode(hasMark ? `\ufeff${text}` : text);

/**
 * Applies the splices and parses the result, which must contain exactly these forwards and otherwise the same values as
 * before. If it does not, or if there are no splices, the layout of the file is not supported.
 */
export const edited = (
  file: Editable,
  splices: readonly Splice[] | undefined,
  forwards: readonly unknown[],
): Editable | Refused => editedTo(file, splices, { ...file.value, forwards });

/** The same, with the expected values of all keys. Their order does not count. */
export function editedTo(
  file: Editable,
  splices: readonly Splice[] | undefined,
  expected: Editable['value'],
): Editable | Refused {
  const text = splices && splice(file.text, splices);
  if (text === undefined) return unsupportedLayout(file);
  const { finding } = decodeText(new TextEncoder().encode(text));
  if (finding !== undefined) return { findings: [finding], locate: locatorOf(text, undefined) };
  const again = openText(text, file.hasMark);
  return 'findings' in again || valueText(again.value) !== valueText(expected) ? unsupportedLayout(file) : again;
}

const valueText = (value: Editable['value']): string =>
  JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));

const unsupportedLayout = ({ locate }: Editable): Refused => ({
  findings: [
    {
      code: 'file/layout',
      message: 'portfwd cannot change a file with this layout',
      remedy: 'change it with portfwd edit',
      path: ['forwards'],
    },
  ],
  locate,
});
