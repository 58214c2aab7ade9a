import type { Cause } from '../../doctor/cause.ts';
import type { Judgement } from '../../doctor/verdict.ts';
import { escapeControls } from '../../finding/quote.ts';
import { formatListen, formatTarget, type Forward } from '../../model/model.ts';
import type { Examined, ExaminedVerdict } from '../../status/examine/examine.ts';
import type { Paint, Sign } from './lines.ts';

/** The verdicts, those with a fault first, and what concerns the host. */
export function formatDoctor(found: Examined, paint: Paint): string {
  const { model, verdicts, host, unknown } = found;
  if (model === undefined)
    return 'the file has errors, so the forwards cannot be followed; the kernel keeps the forwards that were loaded before\n';
  const sorted = ORDER.flatMap((wanted) => verdicts.filter(({ judgement }) => judgement === wanted));
  return [
    ...sorted.flatMap((verdict) => verdictLines(verdict, verdicts.length === 1, paint)),
    ...host.flatMap((one) => [`host: ${one.message}`, `  fix: ${withoutRun(one.remedy)}`]).map(escapeControls),
    ...unknown.map((what) => escapeControls(`not looked at: ${what}`)),
    summary(verdicts),
    '',
  ].join('\n');
}

const ORDER: readonly Judgement[] = ['fault', 'doubt', 'unknown', 'sound', 'disabled'];

const SIGNS: Readonly<Record<Judgement, Sign | undefined>> = {
  fault: '-',
  doubt: '~',
  unknown: undefined,
  sound: '+',
  disabled: undefined,
};

const WORDS: Readonly<Record<Judgement, string>> = {
  fault: 'does not work',
  doubt: 'may not work for every client',
  unknown: 'not known',
  sound: 'no fault found',
  disabled: 'disabled in the file',
};

function verdictLines(verdict: ExaminedVerdict, isOnly: boolean, paint: Paint): string[] {
  const { forward, judgement, causes, steps, changed } = verdict;
  const head = escapeControls(`${forward.name} (${wayOf(forward)}): ${WORDS[judgement]}`);
  const sign = SIGNS[judgement];
  const shown = isOnly || judgement !== 'sound' ? steps : [];
  const details = [
    ...causes.flatMap(causeLines),
    ...shown.map(({ at, found }) => `  ${`${at}:`.padEnd(11)}${found}`),
    ...(changed === undefined ? [] : [`  last change: ${changed}`]),
  ];
  return [sign === undefined ? head : paint(sign, head), ...details.map(escapeControls)];
}

const causeLines = ({ level, message, remedy, code }: Cause): string[] => [
  `  ${level}: ${message} [${code}]`,
  `    fix: ${withoutRun(remedy)}`,
];

const withoutRun = (remedy: string): string => remedy.replace(/^run: /, '');

const wayOf = ({ listens, family, target }: Forward): string =>
  `${listens.map((listen) => formatListen(listen, family)).join(', ')} -> ${formatTarget(target)}`;

function summary(verdicts: readonly ExaminedVerdict[]): string {
  const faults = verdicts.filter(({ judgement }) => judgement === 'fault').length;
  const doubts = verdicts.filter(({ judgement }) => judgement === 'doubt').length;
  const all = `${verdicts.length} ${verdicts.length === 1 ? 'forward' : 'forwards'}`;
  return `${all}: ${faults} with a fault, ${doubts} with a doubt`;
}

export const doctorJson = ({ file, model, verdicts, host, unknown }: Examined) => ({
  file,
  ok:
    model !== undefined &&
    verdicts.every(({ judgement }) => judgement !== 'fault') &&
    host.every(({ level }) => level !== 'fault'),
  forwards: verdicts.map(({ forward, judgement, causes, steps, changed }) => ({
    name: forward.name,
    verdict: judgement,
    causes: causes.map(causeJson),
    evidence: steps,
    changed: changed ?? null,
  })),
  host: host.map(causeJson),
  unknown,
});

const causeJson = ({ code, level, message, remedy, commands }: Cause) => ({ code, level, message, remedy, commands });
