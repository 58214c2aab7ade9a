import * as fc from 'fast-check';
import { check } from '../../src/check/check.ts';
import { isError } from '../../src/finding/finding.ts';
import type { HostFacts } from '../../src/model/host-facts.ts';
import type { Family, Model } from '../../src/model/model.ts';
import { parseText } from '../support/model.ts';
import { LAB_HOST } from './lab-host.ts';

/** Small, so that forwards meet: two of three models would be refused for an overlap. */
export const FIRST_PORT = 6000;
const PORTS = 8;

const LISTENS: Record<Family, readonly string[]> = {
  ip: ['203.0.113.1', '203.0.113.2', '10.0.0.1', '192.168.0.2', '127.0.0.1', '127.0.0.2', '203.0.113.9'],
  ip6: ['[2001:db8:1::1]', '[2001:db8:2::1]', '[2001:db8:3::2]', '[fe80::1]'],
};
const ANY: Record<Family, readonly string[]> = { ip: ['', '*:', '0.0.0.0:'], ip6: ['', '*:', '[::]:'] };

/** With addresses of both families, and one that does not exist. */
const LISTEN_INTERFACES: readonly string[] = ['out0', 'in0', 'svc0', 'nope0'];
/** They need `wildcard: true`. */
const LISTEN_PATTERNS: readonly string[] = ['o*', 'in0*'];

/** On this host, machines beside it and one that is far away. */
const TARGETS: Record<Family, readonly string[]> = {
  ip: [
    '10.0.0.2',
    '10.0.0.3',
    '10.0.0.9',
    '192.168.0.2',
    '203.0.113.1',
    '203.0.113.7',
    '198.51.100.20',
    '198.51.100.140',
    '192.0.2.20',
    '127.0.0.1',
    '127.0.0.5',
  ],
  ip6: ['[2001:db8:2::2]', '[2001:db8:2::3]', '[2001:db8:3::2]', '[2001:db8:1::7]', '[2001:db8:9::20]'],
};

const INTERFACES: readonly object[] = [
  { interface: 'out0' },
  { interface: 'in0' },
  { interface: ['out0', 'in0'] },
  { interface: ['svc0', 'in*'], wildcard: true },
  { interface: 'o*', wildcard: true },
];

/** Some of those that random-packet.ts sends, and who never does. */
const SOURCES: Record<Family, readonly (string | readonly string[])[]> = {
  ip: [
    '203.0.113.0/24',
    '10.0.0.2',
    ['198.51.100.20', '10.0.0.2/31'],
    ['198.51.100.0/24', '192.168.0.0/16'],
    '0.0.0.0/1',
  ],
  ip6: ['2001:db8:1::/64', '2001:db8:2::2', ['fe80::/10', '2001:db8:2::2/127'], '2001:db8:9::/48'],
};

/** Left out as often as not, and more. */
const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.constantFrom(undefined, undefined, ...Array.from(values, () => undefined), ...values);

const spell = (first: number, length: number): string => (length === 1 ? `${first}` : `${first}-${first + length - 1}`);

const ports = (length: number): fc.Arbitrary<string> =>
  fc.integer({ min: FIRST_PORT, max: FIRST_PORT + PORTS - length }).map((first) => spell(first, length));

const listen = (
  family: Family,
  length: number,
  interfaces: readonly string[] = LISTEN_INTERFACES,
): fc.Arbitrary<string | number> =>
  fc
    .tuple(
      fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom(...ANY[family]) },
        address(family),
        fc.constantFrom(...interfaces.map((name) => `${name}:`)),
      ),
      ports(length),
    )
    .map(([head, text]) => (head === '' && length === 1 ? Number(text) : `${head}${text}`));

const address = (family: Family): fc.Arbitrary<string> => fc.constantFrom(...LISTENS[family].map((text) => `${text}:`));

/** Without ports, with the very same, or with others: those of a service, or of the listens of this model. */
const target = (family: Family, length: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...TARGETS[family]),
      fc.oneof(
        fc.constant(''),
        ports(length),
        fc.integer({ min: 5000, max: 5004 }).map((first) => spell(first, length)),
      ),
    )
    .map(([host, text]) => (text === '' ? host : `${host}:${text}`));

const inFull = fc
  .tuple(fc.constantFrom<Family>('ip', 'ip', 'ip6'), fc.constantFrom(1, 1, 1, 2, 4))
  .chain(([family, length]) =>
    fc
      .record({
        protocol: maybe<string | string[]>('tcp', 'udp', ['tcp', 'udp'], ['udp', 'sctp']),
        listen: fc.oneof(
          { weight: 4, arbitrary: listen(family, length) },
          fc.array(listen(family, length), { minLength: 1, maxLength: 3 }),
          listen(family, length, LISTEN_PATTERNS),
        ),
        target: target(family, length),
        bound: maybe(...INTERFACES),
        from: maybe(...SOURCES[family]),
        masquerade: maybe('auto', 'always', 'never'),
        mss: maybe('keep', 'clamp'),
        loopback: maybe(true, false),
        enabled: maybe(true, false),
        name: maybe('web', 'dns', 'games'),
        comment: maybe('for the printer', 'it\'s "so"'),
      })
      .map(({ bound, ...forward }) =>
        withoutUndefined({
          ...forward,
          ...(forward.loopback === true ? reachable : {}),
          ...(forward.target.startsWith('127.') ? published(forward.loopback) : {}),
          ...(/\w\*:/.test(String(forward.listen)) ? { wildcard: true } : {}),
          ...bound,
        }),
      ),
  );

/** What 127.0.0.1 is given up to another host for never comes back without masquerade. */
const reachable = { masquerade: 'auto' };

/** Such a target is refused without it, unless the listen is in 127.0.0.0/8 too. */
const published = (loopback = true): object => ({ loopback });

const withoutUndefined = (forward: object): object =>
  Object.fromEntries(Object.entries(forward).filter(([, value]) => value !== undefined));

const shorthand = fc
  .tuple(fc.constantFrom<Family>('ip', 'ip6'), fc.constantFrom('', '/tcp', '/udp'))
  .chain(([family, protocol]) =>
    fc.tuple(listen(family, 1), target(family, 1)).map(([from, to]) => `${from}:${to}${protocol}`),
  );

/** The text of a model file, in the JSON that is YAML too. Every feature of the model is in it somewhere. */
export const modelText: fc.Arbitrary<string> = fc
  .record({
    forwarding: maybe('require', 'enable', 'ignore'),
    priority: maybe(-199, -110, 0, 400),
    mss: maybe('keep', 'clamp'),
    forwards: fc.array(fc.oneof({ weight: 4, arbitrary: inFull }, shorthand), { minLength: 1, maxLength: 8 }),
  })
  .map((model) => JSON.stringify({ version: 1, ...withoutUndefined(model) }));

/** What the parser makes of it: the text must be free of faults that concern one forward alone. */
export function parsed(text: string): Model {
  const { model, findings } = parseText(text);
  if (model === undefined || findings.length > 0) throw new Error(`${text}: ${JSON.stringify(findings)}`);
  return model;
}

/** The model without the forwards that are at odds with those before them, or that the lab's host would refuse. */
export function soundPart(model: Model, facts?: HostFacts): Model {
  let sound: Model = { ...model, forwards: [] };
  for (const forward of model.forwards) {
    const more = { ...sound, forwards: [...sound.forwards, forward] };
    if (![...check(more, facts), ...check(more, LAB_HOST)].some(isError)) sound = more;
  }
  return sound;
}
