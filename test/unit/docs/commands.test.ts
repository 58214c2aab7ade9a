import { expect, test } from 'vitest';
import { commandsOf, documentedCommands, PAGES } from '../../support/documented-commands.ts';
import { usageError } from '../../support/parse-command.ts';

/** Words in capitals are examples of these. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  COMMAND: 'apply',
  SHELL: 'bash',
  N: '1',
  PORT: '9555',
  OUTPUT: '0123456789ab',
};
const meant = (word: string): string => PLACEHOLDERS[word] ?? word;

test.each(PAGES)('%s: the command line takes every command', (page) => {
  const wrong = documentedCommands()
    .filter((command) => command.page === page)
    .map(({ text, words, isName }) => ({ text, error: usageError(isName ? [...words, '--help'] : words.map(meant)) }))
    .filter(({ error }) => error !== undefined);
  expect(wrong).toEqual([]);
});

test('commands are found in blocks, after prompts, in units and in the text', () => {
  const page = `
Run \`portfwd list\`, \`portfwd set w<Tab>\`, or \`portfwd
status --json\`; \`source <(portfwd completion bash)\`; not \`apply\`, nor portfwd apply.

\`\`\`sh
portfwd add '[::]:1' "[fd00::1]:2" # portfwd comment
generate | portfwd apply - || exit 1
portfwd status --expect "$(portfwd plan --json | sed 's/a/b/')"
\`\`\`

\`\`\`ini
ExecStart=/usr/bin/portfwd apply
Description=what portfwd does
\`\`\`

\`\`\`
$ portfwd doctor web
run portfwd apply
\`\`\`
`;
  expect(commandsOf(page).map(({ words }) => words)).toEqual([
    ['add', '[::]:1', '[fd00::1]:2'],
    ['apply', '-'],
    ['status', '--expect', 'OUTPUT'],
    ['plan', '--json'],
    ['apply'],
    ['doctor', 'web'],
    ['list'],
    ['status', '--json'],
    ['completion', 'bash'],
  ]);
});

test.each([
  [['aply'], 'unknown command aply'],
  [['apply', '--wait'], "error: unknown option '--wait'"],
  [['explain'], /required option/],
  [['list', 'a', 'b'], /too many arguments/],
  [['set', 'web', 'targets=1'], /targets/],
])('%j is refused', (words, message) => {
  expect(usageError(words)).toMatch(message);
});
