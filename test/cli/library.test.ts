import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { assert, constantFrom, ipV4, ipV6, oneof, property, stringMatching, tuple } from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type * as Library from '../../src/library.ts';
import * as crypto from '../../src/library/crypto.ts';
import * as net from '../../src/library/net.ts';
import { directoryWith, runIn } from '../support/portfwd.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const BUNDLE = `${ROOT}dist/library/index.mjs`;

/** Loaded where there are no process, no modules, no timers and no clock: only the language, and what converts text to bytes. */
const library = alone(readFileSync(`${ROOT}dist/library/index.cjs`, 'utf8'));

function alone(text: string): typeof Library {
  const module = { exports: {} };
  const noClock = 'Date = Object.assign(function () { throw new Error("a clock"); }, { now: Date }); ';
  runInNewContext(`${noClock}Date.now = Date; Math.random = Date; ${text}`, {
    module,
    TextEncoder,
    TextDecoder,
  });
  return module.exports as typeof Library;
}

test('it imports no module of Node', async () => {
  const options = {
    bundle: true,
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  } as const;
  const { metafile } = await build({ ...options, entryPoints: [BUNDLE] });
  expect(Object.values(metafile.inputs).flatMap(({ imports }) => imports)).toEqual([]);
});

describe('the examples of docs/library.md', async () => {
  const page = readFileSync(`${ROOT}docs/library.md`, 'utf8');
  const examples = [...page.matchAll(/```js\n([^]*?)```/g)].map(([, text = '']) => text);
  const { path: cwd, remove } = directoryWith(
    Object.fromEntries(examples.map((text, index) => [`${index}.mjs`, text])),
  );
  afterAll(remove);
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(ROOT, join(cwd, 'node_modules/portfwd'));

  test.concurrent.each(examples.map((text, index) => [index, text] as const))('example %i', async (index, text) => {
    const { stdout, stderr } = await runIn(cwd, process.execPath, [`${index}.mjs`]);
    const expected = [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, said]) => `${said}\n`);
    expect(expected).not.toEqual([]);
    expect({ stdout, stderr }).toEqual({ stdout: expected.join(''), stderr: '' });
  });

  test('there is one for every function, and the page is up to date', () => {
    for (const name of Object.keys(library)) expect(page).toContain(`\n### ${name}\n`);
    execFileSync(process.execPath, [`${ROOT}scripts/library-docs.mjs`, '--check']);
  });
});

test.each(readdirSync(`${ROOT}rulesets`))('it makes the ruleset of rulesets/%s', (name) => {
  const read = (file: string): string => readFileSync(`${ROOT}rulesets/${name}/${file}`, 'utf8');
  const facts = existsSync(`${ROOT}rulesets/${name}/host-facts.json`)
    ? library.parseHostFacts(read('host-facts.json'))
    : undefined;
  const { model, findings } = library.parse(read('portfwd.yaml'));
  if (model === undefined) throw new Error(JSON.stringify(findings));
  expect(library.check(model, facts).filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(library.emitJson(library.lower(model, facts))).toBe(read('ruleset.json'));
  expect(library.emitText(library.lower(model, facts))).toBe(read('ruleset.nft'));
});

const HOST = {
  version: 1,
  addresses: [{ interface: 'lan0', address: '192.168.0.1', prefixLength: 24 }],
  onLink: [{ prefix: '192.168.0.0/24', interface: 'lan0' }],
  forwarding: { ip: true, ip6: false },
} as const;
const TWO = 'version: 1\nforwards:\n- 6000:192.168.0.2:5000\n- {listen: 6001, target: 192.168.0.2, interface: wan0}\n';

const chainOf = (chain: string): unknown => expect.objectContaining({ chain });

test('a file with an error has no model', () => {
  expect(library.parse(`${TWO}- x\n`).model).toBeUndefined();
});

test.each([
  ['the subnet of the target', { source: '192.168.0.7', port: 6000 }, { translated: true, masqueraded: true }],
  ['this host', { port: 6000 }, { translated: true, rules: expect.arrayContaining([chainOf('output')]) }],
  ['outside', { source: '198.51.100.7', port: 6001, interface: 'wan0' }, { translated: true, masqueraded: false }],
  ['another interface', { source: '198.51.100.7', port: 6001, interface: 'lan0' }, { translated: false }],
])('facts of the host count: a connection from %s', (_, connection, expected) => {
  const { model } = library.parse(TWO);
  if (model === undefined) throw new Error('it has errors');
  expect(library.check(model, HOST)).not.toEqual(library.check(model));
  const packet = { destination: '192.168.0.1', protocol: 'tcp', ...connection } as const;
  expect(library.simulate(library.lower(model, HOST), packet, HOST)).toMatchObject(expected);
});

const address = oneof(
  ipV4(),
  ipV6(),
  stringMatching(/^[0-9a-fA-F:.%]{0,20}$/),
  tuple(ipV6(), constantFrom('', '%eth0', '%', ':', ' ')).map((parts) => parts.join('')),
);

test('what replaces node:net and node:crypto gives the same results', () => {
  assert(
    property(address, (text) => {
      expect(net.isIP(text)).toBe(isIP(text));
      expect(crypto.createHash('sha256').update(text).update('x').digest('hex')).toBe(
        createHash('sha256').update(text).update('x').digest('hex'),
      );
    }),
    { numRuns: 2000 },
  );
  expect([net.isIPv6('::1'), net.isIPv6('1.2.3.4')]).toEqual([isIPv6('::1'), isIPv6('1.2.3.4')]);
  for (const bits of [0, 1, 8, 9, 24, 31, 32])
    for (const [one, other] of [
      ['10.0.0.0', '10.0.0.1'],
      ['10.128.0.0', '10.0.0.1'],
      ['0.0.0.0', '255.0.0.0'],
    ] as const) {
      const [ours, theirs] = [new net.BlockList(), new BlockList()];
      ours.addSubnet(one, bits);
      theirs.addSubnet(one, bits, 'ipv4');
      expect(ours.check(other)).toBe(theirs.check(other, 'ipv4'));
    }
});
