import type { Finding } from '../finding/finding.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { checkDuplicateName } from './duplicate-name.ts';
import { checkFamilyMismatch } from './family-mismatch.ts';
import { checkListenAddress } from './listen-address.ts';
import { checkListenOverlap } from './listen-overlap.ts';
import { checkLoopbackLeftAlone } from './loopback-left-alone.ts';
import { checkLoopback } from './loopback.ts';
import { checkRangeLength } from './range-length.ts';
import { checkTargetAddress } from './target-address.ts';
import { checkTargetIsListen } from './target-is-listen.ts';

/** All that a schema can't say. Forwards that are switched off count only for their names. */
export function check(model: Model, facts?: HostFacts): Finding[] {
  const forwards = enabledForwards(model);
  return [
    ...checkDuplicateName(model.forwards),
    ...forwards.flatMap((forward) => [
      ...checkFamilyMismatch(forward),
      ...checkRangeLength(forward),
      ...checkListenAddress(forward),
      ...checkTargetAddress(forward, facts),
      ...checkLoopback(forward, facts),
    ]),
    ...checkListenOverlap(forwards),
    ...checkTargetIsListen(forwards, facts),
    ...checkLoopbackLeftAlone(forwards, facts),
  ];
}
