import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseForward } from '../../src/parse/forward.ts';
import { parseCommonShorthand } from '../../src/parse/shorthand-fast-path.ts';
import { RUNS } from './runs.ts';

const port = fc.oneof(fc.nat(70_000).map(String), fc.constantFrom('0', '1', '022', '65535', '65536', '5-6', ''));
const octet = fc.oneof(fc.nat(255).map(String), fc.constantFrom('256', '01', '0', '1e1', ''));
const address = fc.oneof(
  fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.')),
  fc.constantFrom('127.0.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.1', '169.254.1.1', '10.1', '[::1]'),
);
const protocol = fc.constantFrom('tcp', 'udp', 'sctp', 'icmp', undefined);

test(`a forward read in one look is the one that it is in full (seed ${RUNS.seed})`, () => {
  let usual = 0;
  fc.assert(
    fc.property(fc.option(address, { nil: undefined }), port, address, port, protocol, (at, first, host, to, proto) => {
      const listen = at === undefined ? first : `${at}:${first}`;
      const target = to === '' ? host : `${host}:${to}`;
      const text = `${listen}:${target}${proto === undefined ? '' : `/${proto}`}`;
      const forward = parseCommonShorthand(text, ['forwards', 3]);
      if (forward === undefined) return;
      usual += 1;
      const inFull = parseForward({ listen, target, protocol: proto ?? 'tcp' }, ['forwards', 3]);
      expect({ forward, findings: [] }).toStrictEqual(inFull);
    }),
    { seed: RUNS.seed, numRuns: RUNS.numRuns * 10 },
  );
  expect(usual).toBeGreaterThan(RUNS.numRuns / 10);
});
