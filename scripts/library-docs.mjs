// Writes docs/library.md from the comments in src/library.ts; with --check, exits with 1 if it would change.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const source = readFileSync(`${root}src/library.ts`, 'utf8');

/** A comment, then `export` with a name, up to the end of its signature or of the interface. */
const EXPORTS =
  /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport (?:(interface) (\w+) (\{\n[^]*?\n\})|(?:function|const) (\w+)([^]*?)(?: \{$| =>\s))/gm;

const found = [...source.matchAll(EXPORTS)].map(([, comment, kind, type, body, name, signature]) => {
  const [about, example] = comment
    .split('\n')
    .map((line) => line.replace(/^ *\*? ?/, ''))
    .join('\n')
    .split('@example\n');
  return {
    isType: kind !== undefined,
    name: type ?? name,
    about: about.trim(),
    example: example?.trim(),
    body,
    signature,
  };
});

const functionText = ({ name, about, example, signature }) =>
  `### ${name}\n\n\`\`\`ts\n${name}${signature.replace(/^ = /, '')}\n\`\`\`\n\n${filled(about)}\n\n\`\`\`js\n${example}\n\`\`\`\n`;

const typeText = ({ name, about, body }) =>
  `### ${name}\n\n${filled(about)}\n\n\`\`\`ts\ninterface ${name} ${body}\n\`\`\`\n`;

const filled = (about) => about.replaceAll('\n', ' ');

const text = `<!-- Made by scripts/library-docs.mjs from src/library.ts. Do not edit. -->

# The library

\`import { parse, check, lower, emitJson } from 'portfwd'\` uses the compiler of portfwd in a program: a generator of files, a test, a
web page. The functions are pure: they run no program, read no file and no clock, and need no module of Node. They have types.

A file goes through them in this order: \`parse\`, \`check\`, \`lower\`, then \`emitJson\` or \`emitText\`. Findings are data, not exceptions.

## Functions

${found
  .filter(({ isType }) => !isType)
  .map(functionText)
  .join('\n')}
## Types

${found
  .filter(({ isType }) => isType)
  .map(typeText)
  .join('\n')}`;

const page = `${root}docs/library.md`;
if (!process.argv.includes('--check')) writeFileSync(page, text);
else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/library.md differs from src/library.ts; run node scripts/library-docs.mjs');
  process.exitCode = 1;
}
