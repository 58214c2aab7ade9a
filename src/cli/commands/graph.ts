import { readModel } from '../../apply/read/read-model.ts';
import { findForward } from '../../edit/find-forward.ts';
import { Failure } from '../../failure/failure.ts';
import { quote } from '../../finding/quote.ts';
import { dot } from '../../graph/dot.ts';
import { mermaid } from '../../graph/mermaid.ts';
import { pictureOf } from '../../graph/picture.ts';
import { svg } from '../../graph/svg.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { candidates } from '../change/pick-forward.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import type { Session } from '../session.ts';
import { factsFor } from './compile.ts';

interface Options extends ConfigOptions {
  readonly format: keyof typeof FORMATS;
  readonly hostFacts?: string;
}

const FORMATS = { mermaid, dot, svg };

/** More of them cannot be read in one picture. */
const MOST = 100;

/** A forward that is named is drawn also if it is switched off. */
export async function graph(word: string | undefined, options: Options, session: Session): Promise<ExitCode> {
  const file = configPath(undefined, options, session);
  const read = await readModel(file, factsFor(options.hostFacts, session), session.host);
  printFindings(read, session);
  const { model, facts } = read;
  if (model === undefined) return EXIT.findings;
  const forwards = word === undefined ? enabledForwards(model) : forwardsNamed(word, model, file);
  if (forwards.length > MOST)
    throw new Failure(
      'many-forwards',
      `${forwards.length} forwards are too many for a picture, which shows at most ${MOST}`,
      `name one of them, for example: portfwd graph ${forwards[0]?.name ?? ''}`,
    );
  session.write(FORMATS[options.format](pictureOf(forwards, facts)));
  return EXIT.ok;
}

function forwardsNamed(word: string, { forwards }: Model, file: string): readonly Forward[] {
  const { indexes } = findForward(word, forwards);
  if (indexes.length > 0) return forwards.filter((_, index) => indexes.includes(index));
  throw new Failure(
    'no-forward',
    `${file} has no forward ${quote(word)}`,
    forwards.length === 0 ? 'add one with portfwd add' : `name one of these: ${candidates(word, forwards)}`,
  );
}
