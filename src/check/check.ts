import type { Finding } from '../finding/finding.ts';
import { enabledForwards, type Forward, type Model } from '../model/model.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { checkDuplicateName } from './duplicate-name.ts';
import { checkFamilyMismatch } from './family-mismatch.ts';
import { checkListenAddress } from './listen-address.ts';
import { checkListenOverlap } from './listen-overlap.ts';
import { checkLoopbackLeftAlone } from './loopback-left-alone.ts';
import { checkLoopback } from './loopback.ts';
import { checkRangeLength } from './range-length.ts';
import { checkSourcesOfLoopback } from './sources-of-loopback.ts';
import { checkTargetAddress } from './target-address.ts';
import { checkTargetIsListen } from './target-is-listen.ts';
import { checkTooManyElements } from './too-many-elements.ts';

/** All that a schema can't say. Forwards that are switched off count only for their names. */
export function check(model: Model, facts?: HostFacts): Finding[] {
  const forwards = enabledForwards(model);
  return [
    ...checkDuplicateName(model.forwards),
    ...RULES.flatMap((rule) => findingsOf(rule, forwards, facts)),
    ...checkListenOverlap(forwards),
    ...checkTargetIsListen(forwards, facts),
    ...checkTooManyElements(forwards),
    ...checkLoopbackLeftAlone(forwards, facts),
  ];
}

/** Nearly every forward has none: a list is made only of those there are. */
function findingsOf(rule: Rule, forwards: readonly Forward[], facts?: HostFacts): Finding[] {
  const findings: Finding[] = [];
  for (const forward of forwards) {
    const found = rule(forward, facts);
    if (found.length > 0) findings.push(...found);
  }
  return findings;
}

type Rule = (forward: Forward, facts?: HostFacts) => readonly Finding[];

/** Those that look at one forward at a time. */
const RULES: readonly Rule[] = [
  checkFamilyMismatch,
  checkRangeLength,
  checkListenAddress,
  checkSourcesOfLoopback,
  checkTargetAddress,
  checkLoopback,
];
