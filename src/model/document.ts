import { Composer, Lexer, Parser, type CST, type Document as YamlDocument } from 'yaml';
import type { Finding, ModelPath } from '../finding/finding.ts';
import { decodeText } from './decode-text.ts';
import { MAX_DEPTH } from './limits.ts';
import { toPlain } from './plain-value.ts';
import { locatorOf, type Locate } from './position.ts';

export interface Document {
  /** Null-prototype objects, arrays, strings, numbers, booleans, null; undefined when it is no YAML at all. */
  readonly value?: unknown;
  readonly locate: Locate;
  readonly findings: readonly Finding[];
}

/** Reads one YAML 1.2 document (JSON is a subset): no aliases, no tags, no duplicate keys, bounded depth. */
export function parseDocument(bytes: Uint8Array): Document {
  const { text, findings } = decodeText(bytes);
  if (text === undefined) return { locate: locatorOf('', undefined), findings };
  const composed = composeOne(text);
  const locate = locatorOf(text, composed.document);
  if (composed.document === undefined) return { locate, findings: composed.findings };
  return { ...toPlain(composed.document.contents, text), locate };
}

type Composed = { readonly document?: YamlDocument; readonly findings: readonly Finding[] };

function composeOne(text: string): Composed {
  const tokens = tokensOf(text);
  if (!Array.isArray(tokens)) return { findings: [tokens] };
  // Duplicate keys are found by plain-value.ts in linear time; the library compares all with all.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return { findings: [] };
  if (second !== undefined) return { findings: [severalDocuments(second.range[0])] };
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== '1.2') return { findings: [yaml11] };
  const troubles = [...document.errors, ...document.warnings];
  if (troubles.length === 0) return { document, findings: [] };
  return { findings: troubles.map(({ code, message, pos }) => syntaxFinding(code, message, pos[0])) };
}

/** The parser keeps its own stack, the composer recurses: depth is bounded here, between the two. */
function tokensOf(text: string): CST.Token[] | Finding {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH + 2) return tooDeep(parser.offset);
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

const yaml11: Finding = {
  code: 'file/directive',
  message: 'the file asks for another version of YAML, in which numbers mean something else',
  remedy: 'remove the %YAML line; portfwd reads YAML 1.2',
  path: root,
  offset: 0,
};

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
