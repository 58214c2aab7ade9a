import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, test } from 'vitest';
import { BUILT, directoryWith } from '../support/portfwd.ts';
import { LIMIT, terminalsIn } from '../support/terminal.ts';

const COMPLETIONS = `${dirname(BUILT)}/completions`;

/** How each shell is started, and what it reads first. */
const SHELLS = {
  bash: { command: 'bash --rcfile rc.bash', 'rc.bash': `. ${COMPLETIONS}/portfwd.bash; PS1='ready> '` },
  zsh: {
    command: 'env ZDOTDIR=zsh zsh -d',
    'zsh/.zshrc': `fpath=(${COMPLETIONS} $fpath); autoload -U compinit; compinit -u -D; PS1='ready> '`,
  },
  'zsh that reads the printed script': {
    command: 'env ZDOTDIR=zsh-source zsh -d',
    'zsh-source/.zshrc': `autoload -U compinit; compinit -u -D; source <(portfwd completion zsh); PS1='ready> '`,
  },
  fish: {
    command: 'fish -C "source rc.fish"',
    'rc.fish': `set fish_greeting; function fish_prompt; echo 'ready> '; end; source ${COMPLETIONS}/portfwd.fish`,
  },
} as const;

const { path: cwd, remove } = directoryWith({
  'forwards.yaml': `version: 1
forwards:
  - {name: web, listen: 80, target: 10.0.0.2}
  - "[2001:db8::1]:443:[2001:db8::10]:8443"
`,
});
const terminals = terminalsIn(cwd);

beforeAll(async () => {
  mkdirSync(join(cwd, 'bin'));
  writeFileSync(join(cwd, 'bin/portfwd'), `#!/bin/sh\nexec '${process.execPath}' ${BUILT} "$@"\n`, { mode: 0o755 });
  for (const [name, { command, ...files }] of Object.entries(SHELLS)) {
    await execa(command.replace(/.* (?=zsh)/, '').split(' ')[0] ?? '', ['--version']).catch((error: unknown) => {
      throw new Error(`${name} does not run; scripts/setup test installs it: ${String(error)}`);
    });
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, file)), { recursive: true });
      writeFileSync(join(cwd, file), `${text}\n`);
    }
  }
});
afterAll(async () => {
  await terminals.close();
  remove();
}, LIMIT);

/** What is typed before Tab, and what the line is then, with a Z that is typed after it. */
const LINES = [
  ['portfwd rollb', 'portfwd rollback Z'],
  ['portfwd remove we', 'portfwd remove web Z'],
  ['portfwd doctor tcp6-2001:d', 'portfwd doctor tcp6-2001:db8::1-443 Z'],
  ['portfwd set web masq', 'portfwd set web masquerade=Z'],
  ['portfwd set web masquerade=alw', 'portfwd set web masquerade=always Z'],
  ['portfwd set web protocol=udp,s', 'portfwd set web protocol=udp,sctp Z'],
  ['portfwd add --mss c', 'portfwd add --mss clamp Z'],
  ['portfwd add --masquerade=ne', 'portfwd add --masquerade=never Z'],
  ['portfwd plan --json for', 'portfwd plan --json forwards.yaml Z'],
  ['portfwd enable --roo', 'portfwd enable --root Z'],
] as const;

test.concurrent.each(Object.entries(SHELLS))('Tab in %s', async (name, { command }) => {
  const path = `${cwd}/bin:${process.env['PATH']}`;
  const env = `env -i TERM=screen PATH='${path}' HOME=${cwd} PORTFWD_CONFIG=forwards.yaml LC_ALL=C.UTF-8`;
  const terminal = await terminals.open(name.replaceAll(' ', '-'), `${env} ${command}`, { columns: 120, lines: 60 });
  await terminal.shows('ready>');
  for (const [typed, line] of LINES) {
    await terminal.type(typed);
    await terminal.press('Tab');
    await terminal.type('Z');
    await terminal.shows(line);
    await terminal.press('C-u');
  }
});
