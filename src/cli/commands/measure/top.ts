import { readUsage, type UsageNow } from '../../../apply/counters/usage.ts';
import { asFailure } from '../../../failure/failure.ts';
import type { Screen } from '../../../host/process/screen.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import { CLEAR_SCREEN, CLOSE_SCREEN, drawChanges, OPEN_SCREEN } from '../../../top/draw.ts';
import { lastKeys, readKeys, withKey, type Key } from '../../../top/keys.ts';
import { pageOf, screenOf, type Line, type Size } from '../../../top/screen.ts';
import { startState, withReading, type State } from '../../../top/state.ts';
import type { Session } from '../../session.ts';
import { usageError } from '../../usage-error.ts';

interface Options {
  /** Seconds. */
  readonly interval: number;
}

export async function top({ interval }: Options, session: Session): Promise<ExitCode> {
  const { host, env } = session;
  if (!host.terminal.isScreen() || (env['TERM'] ?? 'dumb') === 'dumb')
    return usageError('top needs a terminal; without one, use portfwd stats --watch', session);
  // Without rights it fails here, and not on the screen.
  const first = await readingNow(session);
  const view = createView(first(startState(interval)), session);
  const off = host.onInterrupt(view.end);
  try {
    await Promise.race([view.ended, readAgain(view, interval, session)]);
  } finally {
    off();
    view.close();
  }
  return EXIT.ok;
}

type Reading = (state: State) => State;

async function readingNow(session: Session): Promise<Reading> {
  const usage = await readUsage(session);
  const at = session.host.elapsed();
  return (state) => withReading(state, usage?.forwards ?? [], at, usage === undefined ? NOT_LOADED : problemOf(usage));
}

const NOT_LOADED = 'no forwards are loaded, or they are not on record; portfwd apply loads them';

const PROBLEMS: Readonly<Record<UsageNow['counting'], string | undefined>> = {
  on: undefined,
  off: 'nothing is counted, because the file that was loaded has counters: false',
  missing: 'nothing is counted, because another program removed the counters; portfwd apply loads them',
  full: 'the table of the counters is full, so some connections are not counted',
};

const problemOf = ({ counting, noFlows }: UsageNow): string | undefined => PROBLEMS[counting] ?? noFlows?.message;

/** Until the view is over. What cannot be read is shown, and tried again. */
async function readAgain(view: View, interval: number, session: Session): Promise<void> {
  for (;;) {
    await session.host.sleep(interval * 1000);
    if (view.isPaused()) continue;
    // Some readings are kept for each context.
    view.change(await readingOrProblem({ ...session }));
  }
}

async function readingOrProblem(session: Session): Promise<Reading> {
  try {
    return await readingNow(session);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return (state) => ({ ...state, problem: failure.message });
  }
}

interface View {
  readonly change: (next: Reading) => void;
  readonly isPaused: () => boolean;
  readonly end: () => void;
  readonly ended: Promise<void>;
  readonly close: () => void;
}

/** Milliseconds. What arrives so much later is not the rest of a key. */
const KEY_PAUSE = 100;

function createView(first: State, { host, env }: Session): View {
  let state = first;
  /** Undefined: all of it must be drawn. */
  let drawn: readonly Line[] | undefined = [];
  let input = '';
  let settle: { readonly end: () => void; readonly fail: (error: unknown) => void } | undefined;
  const ended = new Promise<void>((end, fail) => (settle = { end, fail }));
  const end = (): void => settle?.end();
  const size = (): Size => ({ ...screen.size(), unicode: isUnicode(env) });
  const draw = (): void => {
    const next = screenOf(state, size());
    const text = `${drawn === undefined ? CLEAR_SCREEN : ''}${drawChanges(drawn ?? [], next)}`;
    if (text === '' || screen.write(text)) drawn = next;
  };
  const press = (keys: readonly Key[]): void => {
    for (const key of keys) {
      const next = withKey(state, key, pageOf(size()));
      if (next === undefined) return end();
      state = next;
    }
    draw();
  };
  const typed = (text: string): void => {
    const { keys, rest } = readKeys(input + text);
    input = rest;
    press(keys);
    if (rest !== '') void host.sleep(KEY_PAUSE).then(() => attempt(() => endKey(rest)));
  };
  const endKey = (rest: string): void => {
    if (input !== rest) return;
    input = '';
    press(lastKeys(rest));
  };
  /** Outside of the promise that the command waits for, an exception would be printed on the screen that is closed then. */
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      settle?.fail(error);
    }
  };
  const screen: Screen = host.terminal.openScreen(OPEN_SCREEN, CLOSE_SCREEN, {
    typed: (text) => attempt(() => typed(text)),
    resized: () => {
      drawn = undefined;
      attempt(draw);
    },
    ready: () => attempt(draw),
    hungUp: end,
  });
  draw();
  return {
    change: (next) => {
      if (!state.paused) state = next(state);
      draw();
    },
    isPaused: () => state.paused,
    end,
    ended,
    close: screen.close,
  };
}

/** By the locale, as other programs find it out. */
const isUnicode = (env: Session['env']): boolean =>
  /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
