import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../src/check/check.ts';
import { formatPath } from '../../src/finding/finding.ts';
import { parseModel } from '../support/model.ts';
import { RUNS, runs } from './runs.ts';

const GOOD = `version: 1
forwarding: require
forwards:
  - "6000:192.168.0.2:5000"
  - name: dns
    protocol: [tcp, udp]
    listen: [203.0.113.1:53, "*:54"]
    target: 10.0.0.53
  - {listen: "[::]:443", target: "[2001:db8::10]:8443", interface: eth0, comment: "a \\u00e9"}
  - listen: 27000-27100
    target: 10.0.0.7:28000-28100
`;

const PIECES = [
  ...'[ ] { } : , - ? * & ! | > \' " % @ ` # \\ 0 .'.split(' '),
  ' ',
  '\n',
  '\t',
  '\r',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '!!str ',
  '&a ',
  '*a ',
  '<<: *a\n',
  '__proto__: 1\n',
  '{a: b}',
  'source: ',
  'dest_port: ',
  '53/udp',
  '!10.0.0.0/8',
  '10.0.0.1-10.0.0.9',
  '"\\ud800"',
  '\u0000',
  '\u001b[2J',
  '\ufeff',
  '\u2028',
  '😀',
  '022',
  '65536',
  '- ',
  '\n    ',
];

const written = fc
  .array(fc.oneof(fc.constantFrom(...PIECES, ...GOOD.split(/(?<=\s)/)), fc.string({ unit: 'binary', maxLength: 5 })), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(''));

/** The good file with some of it replaced. */
const mutated = fc
  .array(fc.tuple(fc.nat(GOOD.length), fc.nat(6), fc.constantFrom('', ...PIECES)), { minLength: 1, maxLength: 4 })
  .map((edits) =>
    edits.reduce((text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length), GOOD),
  );

const mutatedBytes = fc
  .array(fc.tuple(fc.nat(GOOD.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  .map((edits) => {
    const bytes = Buffer.from(GOOD);
    for (const [at, byte] of edits) bytes[at] = byte;
    return bytes;
  });

test.each<[string, fc.Arbitrary<Uint8Array>, number]>([
  ['any bytes', fc.uint8Array({ maxLength: 200 }), 300],
  ['pieces of YAML', written.map((text) => Buffer.from(text)), 800],
  ['a good file with changes', mutated.map((text) => Buffer.from(text)), 800],
  ['a good file with changed bytes', mutatedBytes, 400],
])(`%s: nothing is thrown, and every finding has a place in the text (seed ${RUNS.seed})`, (_, arbitrary, numRuns) => {
  fc.assert(
    fc.property(arbitrary, (bytes) => {
      const { model, findings, locate } = parseModel(bytes);
      const lines = new TextDecoder().decode(bytes).split('\n');
      for (const finding of [...findings, ...(model === undefined ? [] : check(model))]) {
        const { line, column } = locate(finding);
        expect({ finding, line, inside: column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1 }).toMatchObject({
          inside: true,
        });
        expect([finding.message, finding.remedy]).not.toContain('');
        expect(formatPath(finding.path)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }
      expect(model === undefined && findings.length === 0).toBe(false);
    }),
    runs(numRuns),
  );
});
