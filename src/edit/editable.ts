import type { Finding } from '../finding/finding.ts';
import { composeOne } from '../parse/yaml.ts';
import { decodeText } from '../parse/decode-text.ts';
import { lineBreakOf } from './lines.ts';
import { toPlain } from '../parse/yaml-value.ts';
import { locatorOf, type Locate } from '../parse/yaml-position.ts';
import { splice, type Splice } from './splice.ts';

/** The text of a model file, its nodes, and what they hold. */
export interface Editable {
  readonly text: string;
  /** Before the text stands a byte order mark. */
  readonly marked: boolean;
  /** A node of the YAML library; null: the file holds nothing yet. */
  readonly root: unknown;
  /** An empty file is an empty model, and so is one whose list has no items yet. */
  readonly value: Readonly<Record<string, unknown>> & { readonly forwards: readonly unknown[] };
  readonly lineBreak: string;
  readonly locate: Locate;
}

/** Why a text was not changed. */
export interface Refused {
  readonly findings: readonly Finding[];
  readonly locate: Locate;
}

/** No file is an empty one. What is no YAML, or holds no list of forwards, is refused. */
export function openEditable(bytes: Uint8Array = new Uint8Array()): Editable | Refused {
  const { text, finding } = decodeText(bytes);
  if (finding !== undefined) return { findings: [finding], locate: locatorOf(text, undefined) };
  return openText(
    text,
    [0xef, 0xbb, 0xbf].every((byte, index) => bytes[index] === byte),
  );
}

function openText(text: string, marked: boolean): Editable | Refused {
  const { document, findings: syntax } = composeOne(text, true);
  const locate = locatorOf(text, document);
  const root = document?.contents ?? null;
  const plain = toPlain(root, text);
  const findings = [...syntax, ...plain.findings];
  if (findings.length > 0) return { findings, locate };
  return { text, marked, root, value: filled(plain.value), lineBreak: lineBreakOf(text), locate };
}

/** Whatever else a file holds is told by the model's own parser. */
function filled(value: unknown): Editable['value'] {
  if (value === null) return { version: 1, forwards: [] };
  const { forwards } = value as { readonly forwards?: unknown };
  return { ...(value as object), forwards: Array.isArray(forwards) ? forwards : [] };
}

export const bytesOf = ({ text, marked }: Editable): Uint8Array =>
  new TextEncoder().encode(marked ? `\ufeff${text}` : text);

/**
 * The file with these forwards in place of those it had, and nothing else changed in what it holds: read again to
 * see that it is so. Without splices, or where it is not so, it is laid out in a way that is not known here.
 */
export function edited(
  file: Editable,
  splices: readonly Splice[] | undefined,
  forwards: readonly unknown[],
): Editable | Refused {
  const text = splices && splice(file.text, splices);
  if (text === undefined) return unknownLayout(file);
  const { finding } = decodeText(new TextEncoder().encode(text));
  if (finding !== undefined) return { findings: [finding], locate: locatorOf(text, undefined) };
  const again = openText(text, file.marked);
  const meant = JSON.stringify({ ...file.value, forwards });
  return 'findings' in again || JSON.stringify(again.value) !== meant ? unknownLayout(file) : again;
}

const unknownLayout = ({ locate }: Editable): Refused => ({
  findings: [
    {
      code: 'file/layout',
      message: 'the file is laid out in a way that portfwd does not change',
      remedy: 'change it with portfwd edit',
      path: ['forwards'],
    },
  ],
  locate,
});
