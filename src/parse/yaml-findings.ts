import type { CST, Scalar } from 'yaml';
import { formatPath, type Finding, type ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { MAX_DEPTH } from './decode-text.ts';
import { exclusionRemedy } from './source.ts';
import { quotesRemedy } from './spelling/exact-lines.ts';

const root: ModelPath = [];

export const tooDeep = (offset: number): Finding => ({
  code: 'file/depth',
  message: `collections are nested more than ${MAX_DEPTH} levels deep`,
  remedy: 'remove the nesting; a model has at most four levels',
  path: root,
  offset,
});

/** JSON and the usual forms of YAML are read in another way. */
export const tooLargeForYaml: Finding = {
  code: 'file/too-large',
  message: 'the file is too large for anchors, tags and other special forms of YAML',
  remedy: 'write JSON, or YAML without these forms',
  path: root,
};

export const tooLargeToEdit: Finding = {
  code: 'file/too-large',
  message: 'the file is too large for add, set and remove',
  remedy: 'change it with portfwd edit, or in the program that writes it',
  path: root,
};

export const severalDocuments = (offset: number): Finding => ({
  code: 'file/syntax',
  message: 'a second YAML document begins here',
  remedy:
    'only one document is read: look at what follows this `---`; move forwards that you need into the list above, then delete the rest',
  path: root,
  offset,
});

/** YAML 1.1 reads numbers differently. The other directives are about tags. */
export const directiveFinding = (token: CST.Token): Finding[] =>
  token.type !== 'directive' || /^%YAML 1\.2\s*$/.test(token.source)
    ? []
    : [
        {
          code: 'file/directive',
          message: `the directive ${quote(token.source)} is not supported`,
          remedy: 'remove the line; portfwd reads YAML 1.2',
          path: root,
          offset: token.offset,
        },
      ];

/** `source` is the text of the file. */
export function syntaxFinding(code: string, message: string, offset: number, source: string): Finding {
  const text = message.replaceAll(/\s+/g, ' ').replace(/[.:]$/, '');
  if (code === 'TAG_RESOLVE_FAILED') {
    return {
      code: 'file/tag',
      message: text,
      remedy: 'remove the word that starts with `!`',
      path: root,
      offset,
    };
  }
  const remedy = quotesRemedy(source, offset) ?? SYNTAX_REMEDY;
  return { code: 'file/syntax', message: text, remedy, path: root, offset };
}

const SYNTAX_REMEDY = 'fix the YAML here; a listen or target that starts with `[` or `*` needs quotes';

/** `source` is the name of the alias: what follows the `*`. */
export const alias = (path: ModelPath, offset: number, source: string): Finding => ({
  code: 'file/alias',
  message: 'aliases (`*`) are not supported',
  remedy: /^:[\d.:/a-z-]{1,80}$/.test(source)
    ? `write ${source.slice(1)}, or "*${source}" in quotes`
    : 'write the value itself; for port 6000 on every address of the host, write 6000 or "*:6000" in quotes',
  path,
  offset,
});

export const anchor = (path: ModelPath, offset: number): Finding => ({
  code: 'file/anchor',
  message: 'anchors (`&`) are not supported',
  remedy: 'remove the word that starts with `&`',
  path,
  offset,
});

export const tag = (path: ModelPath, offset: number, name: string): Finding => ({
  code: 'file/tag',
  message: `the tag ${quote(name)} is not supported`,
  remedy: tagRemedy(path, name),
  path,
  offset,
});

/** Without its tag, `from: !10.0.0.0/8` would allow other clients than those that were meant. */
function tagRemedy(path: ModelPath, name: string): string {
  if (path.includes('from')) return exclusionRemedy(name.slice(1));
  if (path.includes('interface')) return 'name the interfaces that are wanted; none can be excluded';
  return 'remove the word that starts with `!`';
}

export const number = (path: ModelPath, { source, value, range }: Scalar): Finding => ({
  code: 'file/number',
  message: `ambiguous number ${source}`,
  remedy: Number.isSafeInteger(value) ? `write ${String(value)}` : 'write a whole decimal number',
  path,
  offset: range?.[0] ?? 0,
});

export const duplicateKey = (path: ModelPath, key: string, offset: number): Finding => ({
  code: 'file/duplicate-key',
  message: `duplicate key ${quote(key)} in ${formatPath(path) || 'the file'}`,
  remedy: 'keep the one that is meant, and remove the other',
  path: [...path, key],
  offset,
});

export const reservedKey = (path: ModelPath, key: string, offset: number): Finding => ({
  code: 'model/unknown-key',
  message: `unknown key ${quote(key)}`,
  remedy: 'use one of the keys that docs/model.md lists',
  path: [...path, key],
  offset,
});
