import { forwardKeys, rowOf, type ForwardKey } from '../../model/forward-keys.ts';
import { FILE_KEYS, LISTEN_FORMS, SHORTHAND_FORMS, TARGET_FORMS } from './file-keys.ts';

export const MODEL_EXAMPLE = [
  'version: 1',
  'forwards:',
  '  - "6000:192.168.0.2:5000"',
  '  - name: dns',
  '    protocol: [tcp, udp]',
  '    listen: 203.0.113.1:53',
  '    target: 10.0.0.53',
  '  - name: office',
  '    listen: "[::]:8443"',
  '    target: "[2001:db8::5]:443"',
  '    from: 2001:db8:1::/48',
] as const;

/** The text of `portfwd help model`. */
export const modelHelp = (): string =>
  [
    'The file is /etc/portfwd/portfwd.yaml, or another. It is YAML or JSON.',
    '',
    'Keys of the file:',
    ...table(Object.entries(FILE_KEYS).map(([key, row]) => [key, `${row.values}: ${about(row)}`])),
    '',
    'Keys of a forward:',
    ...table(forwardKeys.map((key) => [key, `${valuesOf(key)}: ${about(rowOf(key))}`])),
    '',
    'Forms of listen:',
    ...table(LISTEN_FORMS),
    '',
    'Forms of target:',
    ...table(TARGET_FORMS),
    '',
    'A forward as a string, LISTEN:TARGET[/PROTOCOL]:',
    ...table(SHORTHAND_FORMS),
    '',
    'Example:',
    ...MODEL_EXAMPLE.map((line) => `  ${line}`),
    '',
  ].join('\n');

/** The values of a key, in words. */
export function valuesOf(key: ForwardKey): string {
  const { kind, choices } = rowOf(key);
  if (kind === 'boolean') return 'true or false';
  if (choices === undefined) return kind === 'list' ? 'text or list' : 'text';
  const words = choices.map((choice, index) => (index === choices.length - 1 ? `or ${choice}` : choice));
  return `${words.join(words.length > 2 ? ', ' : ' ').replace(', or', ' or')}${kind === 'list' ? ', or a list' : ''}`;
}

const about = ({ help, required }: { readonly help: string; readonly required?: true }): string =>
  `${help}${required === true ? ' (required)' : ''}`;

const WIDTH = 80;

/** Two columns; the second is filled. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const first = Math.max(...rows.map(([term]) => term.length)) + 4;
  return rows.flatMap(([term, words]) =>
    filled(words, WIDTH - first).map((line, index) => `${(index === 0 ? `  ${term}` : '').padEnd(first)}${line}`),
  );
}

function filled(words: string, width: number): string[] {
  const lines = [''];
  for (const word of words.split(' ')) {
    const last = lines.length - 1;
    const longer = lines[last] === '' ? word : `${lines[last]} ${word}`;
    if (longer.length > width) lines.push(word);
    else lines[last] = longer;
  }
  return lines;
}
