import { Composer, Lexer, Parser, type CST, type Document as YamlDocument } from 'yaml';
import type { Finding } from '../finding/finding.ts';
import { decodeText, MAX_DEPTH } from './decode-text.ts';
import { readPlainDocument, type Document } from './plain/document.ts';
import {
  directiveFinding,
  severalDocuments,
  syntaxFinding,
  tooDeep,
  tooLargeForYaml,
  tooLargeToEdit,
} from './yaml-findings.ts';
import { toPlain } from './yaml-value.ts';
import { locatorOf } from './yaml-position.ts';

/** Reads one YAML 1.2 document (JSON is a subset) without aliases, tags and duplicate keys, and of limited depth. */
export const parseDocument = (bytes: Uint8Array): Document => readPlainDocument(bytes) ?? readYamlDocument(bytes);

/** Reads a document that `readPlainDocument` does not read. */
export function readYamlDocument(bytes: Uint8Array): Document {
  const { text, finding } = decodeText(bytes);
  return finding === undefined ? parseYaml(text) : { locate: locatorOf(text, undefined), findings: [finding] };
}

export function parseYaml(text: string): Document {
  const { document, findings } = composeOne(text);
  const locate = locatorOf(text, document);
  if (document === undefined) return { locate, findings };
  const plain = toPlain(document.contents, text);
  // The library also reports a tag that it cannot resolve, except one with an unknown handle.
  const known = plain.findings.some(({ code }) => code === 'file/tag');
  return { value: plain.value, locate, findings: known ? plain.findings : [...plain.findings, ...findings] };
}

/** Without a document, one of the findings says why. */
type Composed = { readonly document?: YamlDocument; readonly findings: readonly Finding[] };

/** With `keepSourceTokens`, each node has the positions of its dash, colon and commas. */
export function composeOne(text: string, keepSourceTokens = false): Composed {
  const tokens = tokensOf(text, keepSourceTokens);
  if (!Array.isArray(tokens)) return { findings: [tokens] };
  // yaml-value.ts finds duplicate keys in linear time; the library compares each key with all others.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens,
  });
  const [document, second] = composer.compose(tokens, true, text.length);
  // With forceDoc (the second argument) there is always one.
  if (document === undefined) return { findings: [] };
  const findings = [
    ...tokens.flatMap(directiveFinding),
    ...[...document.errors, ...document.warnings]
      .filter(({ code }) => code !== 'BAD_DIRECTIVE')
      .map(({ code, message, pos }) => syntaxFinding(code, message, pos[0], text)),
    ...(second === undefined ? [] : [severalDocuments(second.range[0])]),
  ];
  const readable = findings.every(({ code }) => code === 'file/tag');
  return { findings: findings.slice(0, MOST_ERRORS), ...(readable ? { document } : {}) };
}

/** The parser needs up to 500 bytes of memory for each word, sign and space. */
const MOST_LEXEMES = 1_500_000;

/** Enough for 50 000 forwards with six keys in JSON. They take 1.5 GB to edit. */
const MOST_TO_EDIT = 2_500_000;

/** Of a file that is not YAML. Later errors follow from the first, and a million of them takes half a minute. */
const MOST_ERRORS = 20;

/** Limits the depth, because the composer recurses, and the memory. */
function tokensOf(text: string, forEditing: boolean): CST.Token[] | Finding {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const most = forEditing ? MOST_TO_EDIT : MOST_LEXEMES;
  let [errors, lexemes] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > most) return forEditing ? tooLargeToEdit : tooLargeForYaml;
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === 'error' || token.type === 'directive') errors += 1;
    }
    if (parser.stack.length > MAX_DEPTH + 2) return tooDeep(parser.offset);
    if (errors > MOST_ERRORS) return tokens;
  }
  return [...tokens, ...parser.end()];
}
