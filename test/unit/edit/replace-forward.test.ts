import { expect, test } from 'vitest';
import { placeOf, replaceForward, sameForward } from '../../../src/edit/replace-forward.ts';
import type { Mapping } from '../../../src/edit/value-text.ts';
import { parseForward } from '../../../src/parse/forward.ts';
import { changedText } from '../../support/edit.ts';
import { forwardsOf } from '../../support/model.ts';

const FILE = `version: 1
forwards:
  - "6000:10.0.0.2:5000" # the shop
  - name: web # by hand
    listen: 8080
    target: "10.0.0.3:80"
    comment: front
  - { listen: 53, target: 10.0.0.4, protocol: [tcp, udp] }
`;
const FORWARDS = forwardsOf(
  '"6000:10.0.0.2:5000"',
  '{name: web, listen: 8080, target: "10.0.0.3:80", comment: front}',
  '{listen: 53, target: 10.0.0.4, protocol: [tcp, udp]}',
);

const parsed = (item: Mapping) => {
  const { forward } = parseForward(item, []);
  if (forward === undefined) throw new Error('not a forward');
  return forward;
};

test.each<[Mapping, string | undefined]>([
  [{ listen: 6000, target: '10.0.0.2:5000' }, 'tcp-6000'],
  [{ listen: '*:6000', target: '10.0.0.2:5000', masquerade: 'auto' }, 'tcp-6000'],
  [{ listen: 53, target: '10.0.0.4:53', protocol: ['udp', 'tcp'] }, 'tcp+udp-53'],
  [{ listen: 8080, target: '10.0.0.3:80' }, 'web'],
  [{ listen: 8080, target: '10.0.0.3:80', name: 'shop' }, undefined],
  [{ listen: 8080, target: '10.0.0.3:80', comment: 'back' }, undefined],
  [{ listen: 6000, target: '10.0.0.2:5001' }, undefined],
  [{ listen: 6000, target: '10.0.0.2:5000', from: '192.0.2.1' }, undefined],
  [{ listen: 6000, target: '10.0.0.2:5000', protocol: 'udp' }, undefined],
])('%j is there as %s', (item, name) => {
  expect(sameForward(parsed(item), Object.keys(item), FORWARDS)?.name).toBe(name);
});

test('a disabled forward is not the same', () => {
  const [off] = forwardsOf('{listen: 6000, target: "10.0.0.2:5000", enabled: false}');
  expect(sameForward(parsed({ listen: 6000, target: '10.0.0.2:5000' }), [], off === undefined ? [] : [off])).toBe(
    undefined,
  );
});

test.each<[Mapping, string]>([
  [
    { listen: 6000, target: '10.0.0.2:5001', from: '192.0.2.1' },
    FILE.replace(
      '"6000:10.0.0.2:5000" # the shop',
      'listen: 6000 # the shop\n    target: 10.0.0.2:5001\n    from: 192.0.2.1',
    ),
  ],
  [{ listen: 8080, target: '10.0.0.9:80' }, FILE.replace('"10.0.0.3:80"', '10.0.0.9:80')],
  [{ name: 'web', listen: 8081, target: '10.0.0.3:80' }, FILE.replace('8080', '8081')],
  [{ listen: 53, target: '10.0.0.5', protocol: ['tcp', 'udp'] }, FILE.replace('10.0.0.4', '"10.0.0.5"')],
])('%j takes the place of the one with its name or listen', (item, text) => {
  const place = placeOf(parsed(item), FORWARDS);
  expect(place).toBeDefined();
  expect(changedText(FILE, (file) => replaceForward(file, place ?? -1, item))).toBe(text);
});

test.each<Mapping>([
  { listen: 6000, target: '10.0.0.2', protocol: 'udp' },
  { listen: 6000, target: '10.0.0.2', interface: 'eth0' },
  { listen: '192.0.2.1:6000', target: '10.0.0.2' },
])('nothing is in the place of %j', (item) => {
  expect(placeOf(parsed(item), FORWARDS)).toBe(undefined);
});
