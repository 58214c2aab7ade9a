import { shellWord } from '../../../diagnose/printed-command.ts';
import { findForward } from '../../../edit/find-forward.ts';
import { Failure } from '../../../failure/failure.ts';
import { quote } from '../../../finding/quote.ts';
import type { Forward } from '../../../model/model.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import { examine } from '../../../status/examine/examine.ts';
import { candidates } from '../../change/pick-forward.ts';
import { doctorJson, formatDoctor } from '../../format/doctor.ts';
import { painter } from '../../format/lines.ts';
import { configPath, type ConfigOptions } from '../../options.ts';
import { printFindings } from '../../print-findings.ts';
import type { Session, StateOptions } from '../../session.ts';

interface Options extends ConfigOptions, StateOptions {
  readonly probe: boolean;
}

/** Works without rights too, and knows less then. */
export async function doctor(words: readonly string[], options: Options, session: Session): Promise<ExitCode> {
  const file = configPath(undefined, options, session);
  const found = await examine(
    file,
    {
      isProbing: options.probe,
      select: (forwards) => (words.length === 0 ? undefined : forwardsNamed(words, forwards, file)),
      portfwd: (command) => ['portfwd', command, ...sameFile(options)].join(' '),
    },
    session,
  );
  if (found.model === undefined) printFindings(found, session);
  session.print(doctorJson(found), () => formatDoctor(found, painter(session)));
  const isFaulty = found.verdicts.some(({ judgement }) => judgement === 'fault');
  return found.model === undefined || isFaulty || found.host.some(({ level }) => level === 'fault')
    ? EXIT.findings
    : EXIT.ok;
}

function forwardsNamed(words: readonly string[], forwards: readonly Forward[], file: string): readonly Forward[] {
  const indexes = new Set(
    words.flatMap((word) => {
      const found = findForward(word, forwards).indexes;
      if (found.length > 0) return found;
      throw new Failure(
        'no-forward',
        `${file} has no forward ${quote(word)}`,
        forwards.length === 0 ? 'add one with portfwd add' : `name one of these: ${candidates(word, forwards)}`,
      );
    }),
  );
  return forwards.filter((_, index) => indexes.has(index));
}

/** The options that the printed commands need, too. */
const sameFile = ({ config, stateDir }: Options): readonly string[] => [
  ...(config === undefined ? [] : [`--config ${shellWord(config)}`]),
  ...(stateDir === undefined ? [] : [`--state-dir ${shellWord(stateDir)}`]),
];
