import { Composer, Lexer, Parser, type CST, type Document as YamlDocument } from 'yaml';
import type { Finding, ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { decodeText, MAX_DEPTH } from './decode-text.ts';
import { readPlainDocument, type Document } from './plain-document.ts';
import { toPlain } from './yaml-value.ts';
import { locatorOf } from './yaml-position.ts';

/** Reads one YAML 1.2 document (JSON is a subset): no aliases, no tags, no duplicate keys, bounded depth. */
export function parseDocument(bytes: Uint8Array): Document {
  const plain = readPlainDocument(bytes);
  if (plain !== undefined) return plain;
  const { text, finding } = decodeText(bytes);
  return finding === undefined ? parseYaml(text) : { locate: locatorOf(text, undefined), findings: [finding] };
}

export function parseYaml(text: string): Document {
  const { document, findings } = composeOne(text);
  const locate = locatorOf(text, document);
  if (document === undefined) return { locate, findings };
  const plain = toPlain(document.contents, text);
  // A tag that YAML cannot resolve is found twice, but for one with an unknown handle.
  const known = plain.findings.some(({ code }) => code === 'file/tag');
  return { value: plain.value, locate, findings: known ? plain.findings : [...plain.findings, ...findings] };
}

/** Without a document, one of the findings is why. */
type Composed = { readonly document?: YamlDocument; readonly findings: readonly Finding[] };

/** With its tokens, each node knows where its dash, colon or commas stand. */
export function composeOne(text: string, keepSourceTokens = false): Composed {
  const tokens = tokensOf(text);
  if (!Array.isArray(tokens)) return { findings: [tokens] };
  // Duplicate keys are found by plain-value.ts in linear time; the library compares all with all.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens,
  });
  const [document, second] = composer.compose(tokens, true, text.length);
  // With forceDoc there always is one.
  if (document === undefined) return { findings: [] };
  const findings = [
    ...tokens.flatMap(directiveFinding),
    ...[...document.errors, ...document.warnings]
      .filter(({ code }) => code !== 'BAD_DIRECTIVE')
      .map(({ code, message, pos }) => syntaxFinding(code, message, pos[0])),
    ...(second === undefined ? [] : [severalDocuments(second.range[0])]),
  ];
  const readable = findings.every(({ code }) => code === 'file/tag');
  return { findings: findings.slice(0, MOST_ERRORS), ...(readable ? { document } : {}) };
}

/** Of a file that is no YAML: the others follow from the first, and to make a million of them takes half a minute. */
const MOST_ERRORS = 20;

/** The parser keeps its own stack, the composer recurses: depth is bounded here, between the two. */
function tokensOf(text: string): CST.Token[] | Finding {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === 'error' || token.type === 'directive') errors += 1;
    }
    if (parser.stack.length > MAX_DEPTH + 2) return tooDeep(parser.offset);
    if (errors > MOST_ERRORS) return tokens;
  }
  return [...tokens, ...parser.end()];
}

const root: ModelPath = [];

const tooDeep = (offset: number): Finding => ({
  code: 'file/depth',
  message: `collections are nested more than ${MAX_DEPTH} deep`,
  remedy: 'a model is a mapping with a list of forwards; nothing in it is deeper than four levels',
  path: root,
  offset,
});

const severalDocuments = (offset: number): Finding => ({
  code: 'file/syntax',
  message: 'a second YAML document begins here',
  remedy: 'keep one document in the file: remove the `---` and what belongs to another file',
  path: root,
  offset,
});

/** In YAML 1.1 numbers mean something else; the other directives are about tags. */
const directiveFinding = (token: CST.Token): Finding[] =>
  token.type !== 'directive' || /^%YAML 1\.2\s*$/.test(token.source)
    ? []
    : [
        {
          code: 'file/directive',
          message: `the directive ${quote(token.source)} is not read`,
          remedy: 'remove the line; portfwd reads YAML 1.2',
          path: root,
          offset: token.offset,
        },
      ];

function syntaxFinding(code: string, message: string, offset: number): Finding {
  const text = message.replaceAll(/\s+/g, ' ').replace(/[.:]$/, '');
  if (code === 'TAG_RESOLVE_FAILED') {
    return {
      code: 'file/tag',
      message: text,
      remedy: 'remove the tag (the word that begins with `!`)',
      path: root,
      offset,
    };
  }
  return { code: 'file/syntax', message: text, remedy: SYNTAX_REMEDY, path: root, offset };
}

const SYNTAX_REMEDY = 'mend the YAML here; a listen or target that begins with `[` or `*` must stand in quotes';
