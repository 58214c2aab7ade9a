import { expect, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.ts';
import { comparedKeys } from '../../../src/model/forward-values.ts';
import { rowOf } from '../../../src/model/forward-keys.ts';
import { fileOf, modelOf } from '../../support/model.ts';

const digest = (text: string): string => digestOf(modelOf(text));

const FILE = `version: 1
forwards:
  - "6000:10.0.0.2:5000"
  - name: web
    protocol: [tcp, udp]
    listen: [8080, 8081]
    target: "10.0.0.3:80"
    from: [192.0.2.1, 198.51.100.0/24]
`;
const DIGEST = digest(FILE);

test('a digest is the same in every version of portfwd', () => {
  expect(DIGEST).toBe('ee99dc48689830d313d3815db4679fe55200883e84021092eecc599132c5f85a');
});

test.each([
  ['comments', `# here\n${FILE}`],
  ['a revision', `revision: "7"\n${FILE}`],
  [
    'defaults',
    FILE.replace('version: 1', 'version: 1\nforwarding: require\npriority: -105\ncounters: true\nmss: keep'),
  ],
  [
    'the order of keys',
    'forwards: [{from: [192.0.2.1, 198.51.100.0/24], target: "10.0.0.3:80", listen: [8080, 8081], protocol: [tcp, udp], name: web}, "6000:10.0.0.2:5000"]\nversion: 1\n',
  ],
  [
    'the order of lists',
    FILE.replace('tcp, udp', 'udp, tcp')
      .replace('8080, 8081', '8081, 8080')
      .replace('192.0.2.1, 198.51.100.0/24', '198.51.100.0/24, 192.0.2.1'),
  ],
  [
    'spelling',
    FILE.replace(
      '"6000:10.0.0.2:5000"',
      '{listen: "0.0.0.0:6000", target: "10.0.0.2:5000", protocol: tcp, masquerade: auto, enabled: true, name: tcp-6000}',
    ),
  ],
  [
    'JSON',
    '{"version": 1, "forwards": [{"name": "web", "protocol": ["tcp", "udp"], "listen": [8080, "8081"], "target": "10.0.0.3:80", "from": ["192.0.2.1", "198.51.100.0/24"]}, "*:6000:10.0.0.2:5000"]}',
  ],
])('%s make no difference', (_, text) => {
  expect(digest(text)).toBe(DIGEST);
});

const KEYS = { name: 'web', listen: '6000', target: '10.0.0.2' };
const OTHER: Readonly<Record<string, unknown>> = {
  protocol: 'udp',
  listen: '6001',
  target: '10.0.0.3',
  interface: 'eth0',
  from: '192.0.2.1',
};

test.each(comparedKeys)('%s makes a difference', (key) => {
  const { kind, choices, default: value } = rowOf(key);
  const changed = OTHER[key] ?? (kind === 'boolean' ? value !== true : (choices?.at(-1) ?? 'other'));
  const [before, after] = [KEYS, { ...KEYS, [key]: changed }].map((item) => digest(fileOf(JSON.stringify(item))));
  expect(after).not.toBe(before);
});

test.each(['forwarding: enable', 'priority: 1', 'counters: false', 'mss: clamp'])(
  '%s makes a difference',
  (setting) => {
    expect(digest(`${setting}\n${FILE}`)).not.toBe(DIGEST);
  },
);

test('a forward that is switched off makes a difference', () => {
  const [one, other] = ['10.0.0.2', '10.0.0.3'].map((target) =>
    digest(fileOf(`{listen: 1, target: ${target}, enabled: false}`)),
  );
  expect(other).not.toBe(one);
});

test('two forwards and one that has both are not the same', () => {
  const [two, one, both] = [
    fileOf('{listen: 1, target: 10.0.0.2, comment: a}', '{listen: 2, target: 10.0.0.2}'),
    fileOf('{listen: 1, target: 10.0.0.2}', '{listen: 2, target: 10.0.0.2, comment: a}'),
    fileOf('{listen: [1, 2], target: 10.0.0.2, comment: a}'),
  ].map(digest);
  expect(new Set([two, one, both]).size).toBe(3);
});
