import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { HOST, startCountersLab, type CountersLab } from './counters/counters-lab.ts';
import { PORTFWD_COMMAND } from './lab/lab.ts';
import { commandOf, signalProcess } from './lab/processes.ts';
import { until } from './lab/until.ts';

let flows: CountersLab;
beforeAll(async () => {
  flows = await startCountersLab();
  await flows.apply([
    { name: 'web', listen: 6000, target: '10.0.0.2:5000' },
    { name: 'dns', protocol: 'udp', listen: 6001, target: '10.0.0.3:5000' },
    { name: 'idle', listen: 6002, target: '10.0.0.3:5001' },
  ]);
});
afterAll(async () => flows.lab.stop());

let number = 0;
let opened: Terminal[] = [];
afterEach(async () => {
  for (const terminal of opened) await terminal.close();
  opened = [];
});

interface Terminal {
  /** Its lines, without blanks at their ends. */
  readonly lines: () => Promise<readonly string[]>;
  readonly shows: (what: RegExp) => Promise<string>;
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly tmux: (...args: readonly string[]) => Promise<string>;
  readonly close: () => Promise<void>;
  readonly pid: () => number;
  /** The modes of the terminal are as they were. */
  readonly isRestored: () => Promise<boolean>;
}

interface Surroundings {
  /** Arguments for Node. */
  readonly node?: readonly string[];
  /** What the shell runs before and afterwards. */
  readonly before?: string;
  readonly afterwards?: string;
}

/** A terminal of tmux, in which a shell runs `top`. */
async function startTop(
  columns: number,
  rows: number,
  { node = [], before = ':', afterwards = ':' }: Surroundings = {},
): Promise<Terminal> {
  const place = join(flows.lab.directory, `top-${(number += 1)}`);
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await execa('tmux', ['-u', '-S', `${place}.socket`, '-f', '/dev/null', ...args], { reject: false })).stdout;
  const [program, file] = PORTFWD_COMMAND;
  const command = ['ip', 'netns', 'exec', 'host', program, ...node, file, 'top', '--interval', '1'].join(' ');
  writeFileSync(
    `${place}.sh`,
    [
      before,
      `stty -g >${place}.before`,
      `sh -c 'echo $$ >${place}.pid; exec ${command}'`,
      'echo "ended with $?"',
      `stty -g >${place}.after`,
      afterwards,
      'exec sleep 1000',
    ].join('\n'),
  );
  const env = Object.entries({ ...flows.lab.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }).flatMap(([name, value]) => [
    '-e',
    `${name}=${value}`,
  ]);
  await tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, ...env, `sh ${place}.sh`);
  const lines = async (): Promise<readonly string[]> =>
    (await tmux('capture-pane', '-p')).split('\n').map((line) => line.trimEnd());
  const terminal: Terminal = {
    lines,
    tmux,
    shows: async (what) => {
      let text = '';
      try {
        await until(`the screen shows ${String(what)}`, async () => what.test((text = (await lines()).join('\n'))));
      } catch (error) {
        throw new Error(`${String(error)}:\n${text}`, { cause: error });
      }
      return text;
    },
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    close: async () => void (await tmux('kill-server')),
    pid: () => Number(readFileSync(`${place}.pid`, 'utf8')),
    isRestored: async () =>
      readFileSync(`${place}.before`, 'utf8') === readFileSync(`${place}.after`, 'utf8') &&
      (await tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag}')) === '0 1 1',
  };
  opened.push(terminal);
  return terminal;
}

const SIZES = [
  [80, 24],
  [120, 40],
] as const;
test.each(SIZES)('%i x %i: rates, order, filter, pause, clients, another size', async (columns, rows) => {
  const stream = await flows.open('client', 'tcp', HOST, 6000);
  const top = await startTop(columns, rows);
  await top.shows(/^>?\s?web .* [1-9][\d.]* kbit /m);
  const first = await top.lines();
  expect(first[0]).toMatch(/^portfwd top: 3 forwards {2}by traffic {2}every 1 s$/);
  expect(first[1]).toMatch(/^receiving [\d.]+ kbit\/s /);
  expect(first[2]).toMatch(/^ NAME /);
  expect(first[3]).toMatch(/^>web /);
  expect(first[rows - 1]).toMatch(/^q quit /);
  // The first reading has no rates, and the history begins after it.
  await top.shows(/^>web .*[▁-█]$/m);
  await top.press('s');
  await top.shows(/by connections/);
  await top.press('s', 's', 's', 'r');
  await top.shows(/by name, smallest first[^]*\n.*web .*\n.*idle .*\n.*dns /);
  await top.press('/', '6', '0', '0', '1', 'Enter');
  await top.shows(/1 with "6001"[^]*dns /);
  await top.press('Escape');
  await top.shows(/idle /);
  await top.press('r', 'Home', 'End', 'Enter');
  await top.shows(/^web {2}tcp 6000 -> 10\.0\.0\.2:5000\n[^]*\n203\.0\.113\.7 +1 /);
  await top.press('p');
  const paused = await top.shows(/PAUSED[^]*p go on/);
  // Two readings would have been made.
  const { sent } = await stream.heard();
  await until('time passes', async () => (await stream.heard()).sent > sent + 100);
  expect((await top.lines()).join('\n')).toBe(paused);
  await top.press('p', 'Left');
  await top.shows(/^portfwd top/);
  const [width, height] = columns === 80 ? [120, 40] : [80, 24];
  await top.tmux('resize-window', '-x', `${width}`, '-y', `${height}`);
  await until('it is drawn for the new size', async () => {
    const now = await top.lines();
    return /^portfwd.*\n.*\n NAME .*HISTORY\n/.test(now.join('\n')) && now[height - 1]?.startsWith('q quit') === true;
  });
  await stream.end();
  await top.press('q');
  await top.shows(/^ended with 0$/m);
  expect(await top.isRestored()).toBe(true);
});

/** Ways in which the view ends, and what the shell then sees. */
const ENDS: readonly (readonly [string, RegExp, (top: Terminal) => Promise<void> | void])[] = [
  ['q', /^ended with 0$/m, async (top) => top.press('q')],
  ['Ctrl-C', /^ended with 0$/m, async (top) => top.press('C-c')],
  ['SIGTERM', /^ended with 0$/m, (top) => signalProcess(top.pid(), 'SIGTERM')],
  ['SIGHUP', /^ended with 0$/m, (top) => signalProcess(top.pid(), 'SIGHUP')],
  ['SIGINT', /^ended with 0$/m, (top) => signalProcess(top.pid(), 'SIGINT')],
];
test('the terminal is as before, however the view ends', async () => {
  const ended = ENDS.map(async ([name, seen, end]) => {
    const top = await startTop(80, 24);
    await top.shows(/^q quit /m);
    await end(top);
    await top.shows(seen);
    expect({ name, restored: await top.isRestored() }).toEqual({ name, restored: true });
  });
  await Promise.all(ended);
});

test('an exception restores the terminal, too', async () => {
  const file = join(flows.lab.directory, 'throws.cjs');
  writeFileSync(file, "process.on('SIGUSR2', () => { throw new Error('thrown'); });");
  const top = await startTop(80, 24, { node: ['-r', file] });
  await top.shows(/^q quit /m);
  signalProcess(top.pid(), 'SIGUSR2');
  await top.shows(/^ended with [1-9]/m);
  expect(await top.isRestored()).toBe(true);
});

test('it ends if the terminal is closed', async () => {
  const top = await startTop(80, 24);
  await top.shows(/^q quit /m);
  const pid = top.pid();
  expect(commandOf(pid)).toContain(' top ');
  await top.close();
  await until('it has ended', () => commandOf(pid) === '');
});

test('it goes on after a stop, and while the forwards are gone', async () => {
  const top = await startTop(80, 24);
  await top.shows(/^q quit /m);
  signalProcess(top.pid(), 'SIGSTOP');
  await flows.lab.sh(
    'host',
    `nft list table inet portfwd >${flows.lab.directory}/saved.nft; nft delete table inet portfwd`,
  );
  signalProcess(top.pid(), 'SIGCONT');
  await top.shows(/^portfwd top: 0 forwards[^]*no forwards are loaded/);
  await flows.lab.sh('host', `nft -f ${flows.lab.directory}/saved.nft`);
  await top.shows(/^portfwd top: 3 forwards/);
});

test('Ctrl-Z gives the terminal back to the shell, and fg draws again', async () => {
  const top = await startTop(80, 24, { before: 'set -m', afterwards: 'read -r line; fg; echo "then $?"' });
  await top.shows(/^q quit /m);
  await top.press('C-z');
  await top.shows(/^ended with 148$/m);
  expect(await top.isRestored()).toBe(true);
  await top.press('Enter');
  await top.shows(/^portfwd top: 3 forwards[^]*^q quit /m);
  expect(await top.tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag}')).toBe('1 0 0');
  await top.press('q');
  await top.shows(/^then 0$/m);
  expect(await top.isRestored()).toBe(true);
});

test('it ends if the terminal is closed while it is stopped', async () => {
  const top = await startTop(80, 24, { before: 'set -m' });
  await top.shows(/^q quit /m);
  const pid = top.pid();
  await top.press('C-z');
  await top.shows(/^ended with 148$/m);
  expect(commandOf(pid)).toContain(' top ');
  await top.close();
  await until('it has ended', () => commandOf(pid) === '');
});

test('Ctrl-Z without a shell that could continue it has no effect', async () => {
  const top = await startTop(80, 24);
  await top.shows(/^q quit /m);
  await top.press('C-z', 'p');
  await top.shows(/PAUSED/);
  await top.press('q');
  await top.shows(/^ended with 0$/m);
  expect(await top.isRestored()).toBe(true);
});

test('a terminal that does not know its size, such as a serial line, has 80 x 24', async () => {
  const top = await startTop(80, 24, { before: 'stty columns 0 rows 0' });
  await top.shows(/^portfwd top: 3 forwards[^]*^q quit /m);
  await top.press('q');
  await top.shows(/^ended with 0$/m);
});

test('without a terminal it is refused, with a hint', async () => {
  expect(await flows.lab.portfwd(['top'])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: 'error: top needs a terminal; without one, use portfwd stats --watch',
  });
});
