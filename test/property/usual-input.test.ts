import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseListenText, parseTargetText } from '../../src/parse/endpoint.ts';
import { forwardSchema } from '../../src/parse/schema.ts';
import { respell } from '../../src/parse/spelling/respell.ts';
import { usualListen, usualTarget } from '../../src/parse/usual-endpoints.ts';
import { isUsualInput } from '../../src/parse/usual-input.ts';
import { RUNS, runs } from './runs.ts';

const VALUES = [
  'tcp',
  'udp',
  'TCP',
  'both',
  'auto',
  'always',
  'keep',
  'clamp',
  'web',
  '80,443',
  '53/udp',
  '10.0.0.2',
  '10.0.0.2:53/udp',
  'eth0',
  'eth0,eth1',
  '192.0.2.1',
  '192.0.2.0/24',
  '192.0.2.1-192.0.2.9',
  80,
  0,
  1.5,
  Number.NaN,
  true,
  false,
  null,
  '',
] as const;
const scalar = fc.constantFrom<unknown>(...VALUES);
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.constant({ a: 'b' }));
const key = fc.constantFrom(
  'name',
  'protocol',
  'interface',
  'from',
  'masquerade',
  'loopback',
  'mss',
  'enabled',
  'comment',
  'x',
);
const input = fc
  .tuple(fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true }), value, value)
  .map(([more, listen, target]) => ({ listen, target, ...more }));

test(`usual input is what the schema accepts, in no other spelling (seed ${RUNS.seed})`, () => {
  let usual = 0;
  fc.assert(
    fc.property(input, (given) => {
      if (!isUsualInput(given)) return;
      usual += 1;
      expect(forwardSchema.safeParse(given).success).toBe(true);
      expect(respell(given)).toEqual(given);
    }),
    runs(20_000),
  );
  expect(usual).toBeGreaterThan(0);
});

const octet = fc.oneof(fc.nat(255).map(String), fc.constantFrom('256', '01', '0', ''));
const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const host = fc.oneof(address, fc.constantFrom('0.0.0.0', '127.0.0.1', '*', '[::1]', 'eth0', ''));
const port = fc.oneof(fc.nat(70_000).map(String), fc.constantFrom('0', '022', '65535', '65536', '5-6', ''));

test(`a usual listen and a usual target mean what they mean in full (seed ${RUNS.seed})`, () => {
  let usual = 0;
  fc.assert(
    fc.property(host, port, (at, number) => {
      for (const text of [number, `${at}:${number}`, at]) {
        const listen = usualListen(text, []);
        const target = usualTarget(text, []);
        const [asListen, asTarget] = [parseListenText(text), parseTargetText(text)];
        if (listen !== undefined) {
          usual += 1;
          const { address: found, family, ports } = 'ok' in asListen ? asListen.ok : {};
          expect(listen).toEqual({ address: found?.text, family, ports, path: [] });
        }
        if (target !== undefined) {
          const { address: found, ports } = 'ok' in asTarget ? asTarget.ok : {};
          expect(target).toEqual({ address: found?.text, ports, path: [] });
        }
      }
      const asNumber = usualListen(Number(number), []);
      if (asNumber !== undefined)
        expect(parseListenText(`${Number(number)}`)).toEqual({ ok: { ports: asNumber.ports } });
    }),
    runs(10_000),
  );
  expect(usual).toBeGreaterThan(0);
});
