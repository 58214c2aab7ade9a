import { expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab } from '../lab/lab.ts';

const STRANGER = '198.18.0.7';
const MODEL = 'version: 1\nforwards: [{ listen: "203.0.113.1:7000", target: "10.0.0.2:5000" }]\n';

/** The routing rules of each make the kernel drop replies to the client, or not. */
const HOSTS = [
  ['a gateway on the link of a /32 address', '', undefined, undefined],
  [
    'an unreachable default route after a rule with suppress_prefixlength',
    'ip rule add pref 100 lookup main suppress_prefixlength 0; ip route add unreachable default table 60; ip rule add pref 200 lookup 60',
    'the route is missing or unreachable, or forwarding is off on in0',
    'their route is missing or unreachable',
  ],
  [
    'a blackhole for what comes in from the target',
    'ip route add blackhole default table 60; ip rule add pref 200 iif in0 lookup 60',
    'rp_filter does not accept 10.0.0.2 on in0, or the route is a blackhole',
    'their route is a blackhole, or rp_filter does not accept their source',
  ],
  [
    'a prohibit route for what has no mark',
    'ip route add prohibit default table 60; ip rule add pref 100 lookup main suppress_prefixlength 0; ip rule add pref 200 not fwmark 0x77 lookup 60',
    'a prohibit route, so packets are rejected',
    'their route is prohibited',
  ],
] as const;

test('explain, check and apply say if the reply cannot reach the client', async () => {
  const lab = await startLab();
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  await lab.sh('client', `ip address add ${STRANGER}/32 dev lo`);
  await lab.sh('host', 'ip address flush dev out0; ip address add 203.0.113.1/32 dev out0');
  await lab.sh('host', 'ip route add default via 203.0.113.7 dev out0 onlink');
  await lab.portfwd(['apply'], MODEL);
  for (const [name, rules, why, warning] of HOSTS) {
    await lab.sh('host', rules);
    const { stdout } = await lab.portfwd(['explain', '--from', STRANGER, '--to', '203.0.113.1:7000'], MODEL);
    const lost = /the reply does not reach 198\.18\.0\.7: the kernel does not forward it now: (.*)/.exec(stdout);
    expect([name, lost?.[1]]).toEqual([name, why]);
    for (const command of ['check', 'apply']) {
      const { stderr } = await lab.portfwd([command], MODEL);
      const dropped = /come in through out0: the kernel drops the replies of the target: ([^;]*);/.exec(stderr);
      expect([name, command, dropped?.[1]]).toEqual([name, command, warning]);
    }
    const timeout = warning === undefined ? PATIENCE.answer : PATIENCE.silence;
    const probe = { protocol: 'tcp', to: '203.0.113.1', port: 7000, from: STRANGER, timeout } as const;
    expect([name, (await lab.agents.client.probe(probe))?.sees]).toEqual([
      name,
      warning === undefined ? STRANGER : undefined,
    ]);
    await lab.sh('host', 'ip rule del pref 100 || :; ip rule del pref 200 || :; ip route flush table 60 || :');
  }
  await lab.stop();
});
