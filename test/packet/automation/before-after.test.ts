import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = `version: 1
forwarding: ignore
forwards:
  - "6000:10.0.0.2:5000"
  - { name: web, listen: 8080, target: "10.0.0.3:80", from: 192.0.2.0/24, comment: shop }
  - { name: off, listen: 8081, target: "10.0.0.3:81", enabled: false }
`;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
});
afterAll(async () => sandbox.remove());

/** The same from plan, from the dry run, and from apply itself. */
async function diff(): Promise<unknown> {
  const found: unknown[] = [];
  for (const args of [['plan'], ['apply', '--dry-run'], ['apply']])
    found.push((JSON.parse((await sandbox.portfwd(...args, '--json')).stdout) as { diff: unknown }).diff);
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toEqual(found[0]);
  return found[0];
}

test('before and after have what differs, and nothing else', async () => {
  expect(await diff()).toEqual({
    before: '',
    after: 'tcp-6000: tcp 6000 -> 10.0.0.2:5000\nweb: tcp 8080 -> 10.0.0.3:80, from 192.0.2.0/24, comment shop\n',
  });
  expect(await diff()).toEqual({ before: '', after: '' });
  sandbox.write(MODEL.replace('10.0.0.3:80', '10.0.0.4:80').replace(/ {2}- "6000.*\n/, ''));
  expect(await diff()).toEqual({
    before: 'web: tcp 8080 -> 10.0.0.3:80, from 192.0.2.0/24, comment shop\ntcp-6000: tcp 6000 -> 10.0.0.2:5000\n',
    after: 'web: tcp 8080 -> 10.0.0.4:80, from 192.0.2.0/24, comment shop\n',
  });
  sandbox.write(
    MODEL.replace('10.0.0.3:80', '10.0.0.4:80')
      .replace(/ {2}- "6000.*\n/, '')
      .replace('ignore', 'enable'),
  );
  expect(await diff()).toEqual({
    before: 'forwarding: ignore\nnet.ipv4.ip_forward: 0\n',
    after: 'forwarding: enable\nnet.ipv4.ip_forward: 1\n',
  });
});

test('a table that another program changed differs too', async () => {
  await sandbox.run([
    'sh',
    '-c',
    "nft -a list table inet portfwd | sed -n 's/.*map \\([a-z0-9_]*\\) {.*/\\1/p' | head -1 | xargs -I{} nft flush map inet portfwd {}",
  ]);
  expect(await diff()).toEqual({
    before: 'table inet portfwd: other content\n',
    after: 'table inet portfwd: as portfwd makes it\n',
  });
});
