import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatListen, formatTarget, type Forward, type Listen, type Model } from '../../src/model/model.ts';
import { arbitraryModel } from '../support/arbitrary-model.ts';
import { RUNS } from './runs.ts';
import { modelOf } from '../support/model.ts';

/** In full: every key, every list as a list; what JSON writes is YAML. */
const printModel = ({ forwards, ...rest }: Model): string =>
  `${Object.entries(rest)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')}forwards:${forwards.length === 0 ? ' []' : ''}\n${forwards.map(printForward).join('')}`;

const printForward = (forward: Forward): string =>
  Object.entries({
    listen: forward.listens.map((listen) => printListen(listen, forward)),
    target: formatTarget(forward.target),
    protocol: forward.protocols,
    ...(forward.interfaces.length === 0 ? {} : { interface: forward.interfaces }),
    wildcard: true,
    ...(forward.from.length === 0 ? {} : { from: forward.from }),
    masquerade: forward.masquerade,
    mss: forward.mss,
    loopback: forward.loopback,
    enabled: forward.enabled,
    ...(forward.comment === undefined ? {} : { comment: forward.comment }),
  })
    .map(([key, value], index) => `${index === 0 ? '  - ' : '    '}${key}: ${JSON.stringify(value)}\n`)
    .join('');

/** What says its family says it again. */
function printListen(listen: Listen, { family }: Forward): string {
  if (listen.address === undefined && listen.family === undefined) return formatListen(listen, 'ip');
  return listen.address === undefined && family === 'ip'
    ? `0.0.0.0:${formatListen(listen, 'ip')}`
    : formatListen(listen, family);
}

test(`a model that is printed and read is the same model (seed ${RUNS.seed})`, () => {
  fc.assert(
    fc.property(arbitraryModel(65_535), (model) => {
      expect(modelOf(printModel(model))).toEqual(model);
    }),
    RUNS,
  );
});
