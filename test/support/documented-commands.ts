import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url).pathname;
const pagesIn = (directory: string): string[] =>
  readdirSync(`${ROOT}${directory}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${directory}/${name}`);

/** The pages for administrators. */
export const PAGES = ['README.md', ...pagesIn('docs'), ...pagesIn('integrations')].sort();

export interface DocumentedCommand {
  readonly page: string;
  /** As in the page, from `portfwd` to the end of the command. */
  readonly text: string;
  /** The arguments, without quotes. */
  readonly words: readonly string[];
  /** The text only names a command: `portfwd explain`. */
  readonly isName: boolean;
}

/** Every call of portfwd that a page shows in a block of commands, after a prompt, or in the text. */
export const documentedCommands = (): DocumentedCommand[] =>
  PAGES.flatMap((page) => commandsOf(readFileSync(`${ROOT}${page}`, 'utf8')).map((found) => ({ page, ...found })));

/** Exported for its test. */
export function commandsOf(markdown: string): Omit<DocumentedCommand, 'page'>[] {
  const blocks = [...markdown.matchAll(BLOCK)].map(([, language = '', text = '']) => runIn(language, text));
  const inline = [...markdown.replaceAll(BLOCK, '').matchAll(INLINE)]
    .map(([, text = '']) => text.replaceAll('\\|', '|').replaceAll('\n', ' '))
    .filter((text) => STARTS.test(text));
  return [
    ...blocks.flatMap(calls).map((call) => ({ ...call, isName: false })),
    ...inline.flatMap(calls).map((call) => ({ ...call, isName: call.words.length === 1 })),
  ];
}

const BLOCK = /^ *```(\w*)\n([^]*?)^ *```$/gm;
/** Code in a text may go on in the next line. */
const INLINE = /`([^`]+)`/g;
/** `source <(portfwd completion bash)`, `generate-forwards | portfwd apply -`, `ssh gateway portfwd confirm`. */
const STARTS = /^portfwd |[(|] ?portfwd |^ssh \w+ portfwd /;

/** What a shell or a service runs in a block; the rest, such as output, is not a command. */
function runIn(language: string, text: string): string {
  const lines = text.split('\n');
  switch (language) {
    case 'sh':
      return lines.map((line) => line.replace(/(?:^|\s)#.*/, '')).join('\n');
    case 'ini':
      return lines.filter((line) => /^\w+ ?= ?\S*portfwd /.test(line)).join('\n');
    case '':
      return lines.filter((line) => line.startsWith('$ portfwd ')).join('\n');
    default:
      return '';
  }
}

/** Not what is completed with Tab. */
const CALL = /(?<![\w.-])(?:\/usr\/bin\/)?portfwd (?=[a-z-])(?![^\n]*<Tab>)/g;

const calls = (code: string): Pick<DocumentedCommand, 'text' | 'words'>[] =>
  [...code.matchAll(CALL)].map(({ index, 0: program }) => {
    const [rest = ''] = ARGUMENTS.exec(code.slice(index + program.length).replaceAll(SUBSTITUTION, 'OUTPUT')) ?? [];
    return {
      text: `portfwd ${rest.trim()}`,
      words: [...rest.matchAll(WORD)].map(([word]) => word.replaceAll(/^(["'])(.*)\1$/g, '$2')),
    };
  });

const SUBSTITUTION = /"\$(?:\(.*\)|\w+)"/g;
/** Until the shell begins another command or a redirection. */
const ARGUMENTS = /^(?:'[^']*'|"(?:\\.|[^"\\])*"|[^'"|;&()<>\n])*/;
const WORD = /'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"]+/g;
