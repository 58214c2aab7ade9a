import { parseBytes } from '../../../apply/read/read-model.ts';
import { escapeControls } from '../../../finding/quote.ts';
import { statePaths } from '../../../host/state/paths.ts';
import { formatListen, formatTarget, type Forward } from '../../../model/model.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import type { Candidate, Known } from '../../completion/candidate.ts';
import { completionOf } from '../../completion/completion.ts';
import { configPath } from '../../options.ts';
import type { Session } from '../../session.ts';

/**
 * Prints a line `VALUE<Tab>DESCRIPTION` for each, and `:files` or `:directories` if paths fit as well. Reads only the files
 * with the forwards and the history.
 */
export async function complete(words: readonly string[], _: object, session: Session): Promise<ExitCode> {
  const { candidates, paths } = await completionOf(words, knownOf(session));
  const lines = candidates.map(({ value, about }) => (about === undefined ? value : `${value}\t${about}`));
  const all = paths === undefined ? lines : [...lines, `:${paths}`];
  session.write(all.map((line) => `${line}\n`).join(''));
  return EXIT.ok;
}

const knownOf = (session: Session): Known => ({
  forwards: async (config) => forwardsIn(configPath(undefined, { config }, session), session),
  parts: (config) =>
    readable(() => session.host.partNames(configPath(undefined, { config }, session)).filter(isOneLine)),
  generations: (stateDir) => readable(() => generationsIn(stateDir, session)),
  interfaces: () => session.host.sysctl.interfaces('ipv4').filter((name) => name !== 'lo'),
});

/** A file that cannot be read or parsed has none: a shell that completes has no place for an error. */
async function forwardsIn(path: string, { host }: Session): Promise<readonly Candidate[]> {
  try {
    const { model } = await parseBytes(host.readModelFiles(path));
    return (model?.forwards ?? []).map((forward) => ({ value: forward.name, about: aboutOf(forward) }));
  } catch {
    return [];
  }
}

const generationsIn = (stateDir: string | undefined, { host, state }: Session): readonly Candidate[] =>
  [...host.history.list(stateDir === undefined ? state.stateDir : statePaths(stateDir).stateDir)]
    .reverse()
    .map(({ number, time, command }) => ({ value: `${number}`, about: escapeControls(`${time} ${command}`) }));

/** The shells read lines, with a tab before the description. */
const isOneLine = (name: string): boolean => !/\p{Cc}/u.test(name);

function readable<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

const aboutOf = ({ listens, target, family }: Forward): string =>
  `${listens.map((listen) => formatListen(listen, family)).join(',')} -> ${formatTarget(target)}`;
