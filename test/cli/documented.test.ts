import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { portfwd } from '../support/portfwd.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGES = readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const DOCUMENTS = ['README.md', ...PAGES.map((name) => `docs/${name}`)];

const CODE = /```sh\n[^]*?```|`[^`\n]+`/g;

/** `portfwd COMMAND …`, without a comment. `$(…)` in it is a call of its own. */
const CALL = /(?<![\w./])portfwd (?<command>[a-z]+)(?<rest>(?:(?!\$\()[^\n;#])*)/g;

const calls = DOCUMENTS.flatMap((path) =>
  (readFileSync(`${ROOT}${path}`, 'utf8').match(CODE) ?? []).flatMap((code) =>
    [...code.replaceAll(/#.*/g, '').matchAll(CALL)].map(({ groups }) => ({
      path,
      command: groups?.['command'] ?? '',
      options: groups?.['rest']?.match(/--[a-z-]+/g) ?? [],
    })),
  ),
);

test.each([...new Set(calls.map(({ command }) => command))].filter((command) => command !== 'help'))(
  'the documents call %s as its help says',
  async (command) => {
    const { exitCode, stdout } = await portfwd(ROOT, [command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: portfwd ${command}`);
    const unknown = calls.filter(
      (call) => call.command === command && !call.options.every((name) => stdout.includes(name)),
    );
    expect(unknown).toEqual([]);
  },
);
