import { readFileSync } from 'node:fs';

const PAGE = new URL('../../docs/recipes.md', import.meta.url);

export interface Block {
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

/** The code of docs/recipes.md. */
export const recipeBlocks = (): Block[] =>
  readFileSync(PAGE, 'utf8')
    .split(/^##+ /m)
    .slice(1)
    .flatMap((section) =>
      [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
        heading: section.slice(0, section.indexOf('\n')),
        language,
        text,
      })),
    );

/** The code of one language under one heading. */
export function recipe(heading: string, language: string): string[] {
  const found = recipeBlocks().filter((block) => block.heading === heading && block.language === language);
  if (found.length === 0) throw new Error(`docs/recipes.md has no ${language} under "${heading}"`);
  return found.map(({ text }) => text);
}

/** The commands that a WireGuard configuration runs, such as those of PostUp. */
export const commandsOf = (configuration: string, key: string, name: string): string =>
  configuration
    .split('\n')
    .filter((line) => line.startsWith(`${key} = `))
    .map((line) => line.slice(key.length + 3).replaceAll('%i', name))
    .join('\n');

/** A shell script in which a file of the recipe has its content. */
export const withFile = (script: string, path: string, content: string): string => {
  const copy = `/tmp/${path.replaceAll('/', '-').slice(1)}`;
  return `cat > ${copy} <<'END'\n${content}END\n${script.replaceAll(path, copy)}`;
};
