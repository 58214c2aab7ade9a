import { escapeControls } from '../../finding/quote.ts';
import type { Generation } from '../../host/state/history.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { formatTable } from '../format/table.ts';
import type { Session } from '../session.ts';

/** Oldest first, with the numbers that `rollback` and `diff` take. */
export async function history(_: unknown, { host, state, print, report }: Session): Promise<ExitCode> {
  host.history.require(state.stateDir);
  const { generations, damaged } = host.history.readAll(state.stateDir);
  const loaded = host.applied.read(state.runtimeDir)?.marker;
  const pending = host.pending.read(state.stateDir);
  const waiting = pending && { command: pending.command, user: pending.user, left: host.pending.secondsLeft(pending) };
  print({ generations, waiting: waiting ?? null }, () =>
    [
      formatTable(table(generations, loaded)),
      pending === undefined
        ? ''
        : `waiting for confirmation: ${escapeControls(`${pending.command} by ${pending.user}`)}\n`,
    ].join(''),
  );
  for (const failure of damaged) report.problem(failure);
  return damaged.length === 0 ? EXIT.ok : EXIT.environment;
}

/** With a column for revisions if a file has one. */
function table(generations: readonly Generation[], loaded: string | undefined): string[][] {
  const rows = [HEAD, ...generations.map((generation) => row(generation, loaded))];
  if (generations.every(({ revision }) => revision === undefined)) return rows;
  const revisions = ['REVISION', ...generations.map(({ revision = '-' }) => escapeControls(revision))];
  return rows.map((cells, index) => [...cells, revisions[index] ?? '']);
}

const HEAD = ['GENERATION', 'TIME', 'USER', 'COMMAND', 'FORWARDS', 'RULESET'];

const row = ({ number, time, user, command, forwards, marker }: Generation, loaded: string | undefined): string[] => [
  `${number}`,
  time,
  escapeControls(user),
  escapeControls(command),
  `${forwards}`,
  `${marker}${marker === loaded ? ' (loaded)' : ''}`,
];
