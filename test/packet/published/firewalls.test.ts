import { expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { app, model, OUT, usePublishedLab } from '../lab/published-lab.ts';

const {
  machines: { sh, portfwd },
  ask,
  expectAttacksFail,
} = usePublishedLab();

const nft = (hook: string, rules: string): string =>
  `nft 'table inet fw { chain ${hook} { type filter hook ${hook} priority 0; ${rules}; }; }'`;

/** A command that blocks packets for 127.0.0.0/8 from outside, as firewalls do, and what the warning quotes of it. */
test.each([
  [nft('input', 'iif lo accept; ip daddr 127.0.0.0/8 drop'), 'ip daddr 127.0.0.0/8 drop'],
  [nft('input', 'iifname != "lo" ip daddr 127.0.0.0/8 counter drop'), 'ip daddr 127.0.0.0/8'],
  [nft('input', 'ct state established,related accept; iif lo accept; tcp dport 22 accept; drop'), 'drop'],
  [nft('prerouting', 'iifname != "lo" ip daddr 127.0.0.0/8 drop'), 'ip daddr 127.0.0.0/8'],
  ['iptables -A INPUT ! -i lo -d 127.0.0.0/8 -j REJECT', '-d 127.0.0.0/8 ! -i lo -j REJECT'],
])('a firewall that drops 127.0.0.0/8 is named, and the printed command helps: %s', async (block, named) => {
  await sh('host', block);
  const { exitCode, stderr } = await portfwd(['apply'], model({ protocol: 'tcp' }));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('host/input-dropped') });
  expect(stderr).toContain(named);
  expect(await ask('client', OUT, { timeout: PATIENCE.silence })).toBeNull();
  const command = /run: (?<command>(?:nft insert rule|iptables) [^;]*);/.exec(stderr)?.groups?.['command'];
  await sh('host', command ?? 'false');
  expect(await ask('client', OUT)).toEqual(app('203.0.113.7'));
  expect((await portfwd(['check'])).stderr).not.toContain('host/input-dropped');
  await expectAttacksFail();
});

test('a chain that sees packets before the translation drops nothing', async () => {
  const rules = 'iifname != "lo" ip daddr 127.0.0.0/8 drop';
  await sh('host', `nft 'table inet fw { chain raw { type filter hook prerouting priority -300; ${rules}; }; }'`);
  const { stderr } = await portfwd(['apply'], model());
  expect(stderr).not.toContain('host/input-dropped');
  expect(await ask('client', OUT)).toEqual(app('203.0.113.7'));
});
