import { ruleText, valueText } from '../../../emit/rule-text.ts';
import { formatPath, type ModelPath } from '../../../finding/finding.ts';
import type { Found } from '../../../simulate/find-element.ts';
import type { Step } from '../../../simulate/evaluate-chain.ts';

/** The line in the file of a path in the model. */
export type LineOf = (path: ModelPath) => number;

/** Each chain that was entered, each rule that matched, and what it looked up. */
export const formatTrace = (steps: readonly Step[], lineOf: LineOf): string =>
  steps.map((step) => (step.kind === 'enter' ? enterLine(step) : ruleLines(step, lineOf))).join('');

export const traceJson = (steps: readonly Step[], lineOf: LineOf) =>
  steps.map((step) =>
    step.kind === 'enter'
      ? { enter: step.chain, hook: step.hook }
      : {
          chain: step.chain,
          rule: ruleText(step.rule),
          found: step.found.map((found) => ({
            in: found.name,
            key: keyText(found),
            data: found.data ?? null,
            path: formatPath(found.origin),
            line: lineOf(found.origin),
          })),
        },
  );

const enterLine = ({ hook, chain }: Extract<Step, { kind: 'enter' }>): string => `${hook}: chain ${chain}\n`;

const ruleLines = ({ rule, found }: Extract<Step, { kind: 'rule' }>, lineOf: LineOf): string =>
  [`  ${ruleText(rule)}\n`, ...found.map((one) => `    ${foundText(one)} (line ${lineOf(one.origin)})\n`)].join('');

const foundText = (found: Found): string =>
  `@${found.name} has ${keyText(found)}${found.data === undefined ? '' : ` : ${found.data}`}`;

const keyText = ({ key }: Found): string => key.map(valueText).join(' . ');
