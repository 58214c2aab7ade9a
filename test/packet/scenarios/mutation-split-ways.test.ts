import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emitText } from '../../../src/emit/text.ts';
import { lower } from '../../../src/lower/lower.ts';
import { parseHostFacts } from '../../../src/parse/host-facts.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { parsed } from '../../property/random-model.ts';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { mutantsOf } from './mutant.ts';

/** Packets of the bridge have a mark, and only with it the targets are on the link of the bridge. Without it, they are behind the client. */
const NETWORK = `
  ip route add default via 203.0.113.7
  ip route add 192.0.2.0/24 dev in0 table 7
  ip rule add fwmark 7 lookup 7
  ip -6 route add default via 2001:db8:1::7
  ip -6 route add 2001:db8:64::/64 dev in0 table 7
  ip -6 rule add fwmark 7 lookup 7
  nft 'table inet marking { chain p { type filter hook prerouting priority -150; iifname "in0" meta mark set 7; }; }'
`;
const MODEL = 'version: 1\nforwards: ["7000:192.0.2.9:5000", "[::]:7000:[2001:db8:64::9]:5000"]\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('host', NETWORK);
  await lab.sh('backend', 'ip address add 192.0.2.9/24 dev eth0; ip address add 2001:db8:64::9/64 dev eth0 nodad');
  await lab.sh('neighbour', 'ip address add 192.0.2.3/24 dev eth0; ip address add 2001:db8:64::3/64 dev eth0 nodad');
  await lab.sh('client', 'ip address add 192.0.2.9/32 dev lo; ip address add 2001:db8:64::9/128 dev lo nodad');
  for (const address of ['192.0.2.9', '2001:db8:64::9'])
    for (const machine of ['backend', 'client'] as const)
      await lab.agents[machine].serve({ protocol: 'tcp', address, port: 5000 });
});
afterAll(async () => lab.stop());

const PROBES = [
  ['neighbour', '192.0.2.3', '10.0.0.1'],
  ['neighbour', '2001:db8:64::3', '2001:db8:2::1'],
  ['client', '203.0.113.7', '203.0.113.1'],
  ['client', '2001:db8:1::7', '2001:db8:1::1'],
] as const;

/** What the targets see of the clients; undefined if one gets no answer. */
async function seen(ruleset: Ruleset, timeout: number): Promise<readonly (string | undefined)[]> {
  const file = join(lab.directory, 'mutant.nft');
  writeFileSync(file, emitText(ruleset));
  await lab.sh('host', `nft -f ${file}; conntrack -F 2>/dev/null`);
  const answers = PROBES.map(async ([machine, from, to]) =>
    lab.agents[machine].probe({ protocol: 'tcp', from, to, port: 7000, timeout }),
  );
  return (await Promise.all(answers)).map((answer) => answer?.sees);
}

test('a rule for one of several ways, or its elements, is missed', async () => {
  lab.writeModel(MODEL);
  const { exitCode, stderr } = await lab.portfwd(['apply']);
  expect(exitCode, stderr).toBe(0);
  const facts = parseHostFacts((await lab.portfwd(['facts', lab.env['PORTFWD_CONFIG'] ?? ''])).stdout);
  expect(facts?.marked).toBeDefined();
  const ruleset = lower(parsed(MODEL), facts);
  const usual = await seen(ruleset, PATIENCE.answer);
  expect(usual).toEqual(PROBES.map(([, , to]) => to));
  const mutants = mutantsOf(ruleset).filter(({ lacks }) => lacks.includes('pf_way'));
  expect(mutants.map(({ lacks }) => lacks)).toMatchInlineSnapshot(`
    [
      "pf_masquerade: oifname "out0" ip saddr 203.0.113.0/24 ip daddr @pf_way1_routed1_4 goto pf_hairpin",
      "pf_masquerade: oifname "out0" ip6 saddr 2001:db8:1::/64 ip6 daddr @pf_way1_routed2_6 goto pf_hairpin",
      "pf_masquerade: oifname "in0" ip saddr 192.0.2.0/24 ip daddr @pf_way2_routed1_4 goto pf_hairpin",
      "pf_masquerade: oifname "in0" ip6 saddr 2001:db8:64::/64 ip6 daddr @pf_way2_routed2_6 goto pf_hairpin",
      "elements of pf_way1_routed1_4",
      "elements of pf_way1_routed2_6",
      "elements of pf_way2_routed1_4",
      "elements of pf_way2_routed2_6",
    ]
  `);
  for (const mutant of mutants) expect(await seen(mutant.ruleset, PATIENCE.silence), mutant.lacks).not.toEqual(usual);
});
