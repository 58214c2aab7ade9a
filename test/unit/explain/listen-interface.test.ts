import { expect, test } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { systemHost } from '../../../src/host/host.ts';
import { GATEWAY } from '../../support/model.ts';

/** The last lines of `explain`: the result in words. */
async function words(...args: string[]): Promise<string[]> {
  let out = '';
  const runtime = {
    host: {
      ...systemHost,
      readModelFiles: () =>
        Buffer.from('version: 1\nforwards:\n  - {name: wan, listen: "wan0:9400", target: 10.0.0.2}\n'),
      readHostFacts: async () => GATEWAY,
    },
    env: {},
    self: [],
    out: (text: string) => void (out += text),
    isRead: () => true,
    err: () => undefined,
  };
  await run(['explain', 'portfwd.yaml', ...args], runtime, '0');
  return out.trimEnd().split('\n\n').at(-1)?.split('\n') ?? [];
}

test('a listen on an interface: for its addresses, and where nft cannot tell them', async () => {
  expect((await words('--from', '192.0.2.7', '--to', '192.0.2.1:9400'))[0]).toBe(
    'the forward wan applies (portfwd.yaml:3): wan0:9400 -> 10.0.0.2',
  );
  expect(await words('--from', '10.0.0.7', '--to', '10.0.0.1:9400')).toEqual([
    'no forward applies: the forward wan listens on the addresses of wan0 only, and 10.0.0.1 is an address of lan0 (portfwd.yaml:3)',
  ]);
  expect(await words('--from', '192.0.2.7', '--to', '10.0.0.1:9400')).toEqual([
    'no forward applies: the forward wan listens on the addresses of wan0 only, and 10.0.0.1 is an address of lan0 (portfwd.yaml:3)',
  ]);
  expect((await words('--to', '10.0.0.1:9400'))[1]).toBe(
    '10.0.0.1 is an address of lan0, not of wan0, but portfwd cannot tell this for connections that come from this host itself',
  );
  expect(await words('--to', '127.0.0.1:9400')).toEqual([
    'no forward applies: the forward wan listens on the addresses of wan0 only, and 127.0.0.1 is an address of lo (portfwd.yaml:3)',
  ]);
});
