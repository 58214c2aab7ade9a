import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { applyFindings } from './lab/apply-findings.ts';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

const OUTSIDE = '203.0.113.1';
const REMOTE = 'version: 1\nforwards:\n- {name: web, listen: 6000, target: "10.0.0.2:5000"}\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  for (const port of [5000, 6000]) await lab.agents.neighbour.serve({ protocol: 'tcp', address: '10.0.0.3', port });
});
afterAll(async () => lab.stop());
afterEach(async () => lab.sh('host', 'nft flush ruleset'));

const applied = async (model: string) => applyFindings(lab, model);
const ask = async () => lab.agents.client.probe({ protocol: 'tcp', to: OUTSIDE, port: 6000, timeout: PATIENCE.answer });

const rival = (priority: number) =>
  `nft 'table ip theirs { chain pre { type nat hook prerouting priority ${priority}; tcp dport 6000 dnat to 10.0.0.3:5000; }; }'`;

const PRE = 'chain pre { type nat hook prerouting priority -110; tcp dport 6000 dnat to 10.0.0.3:5000; };';

const SETS =
  'set ok { type inet_service; elements = { 22, 6000 }; }; map tgt { type inet_service : ipv4_addr; elements = { 6000 : 10.0.0.3 }; };';

describe('another nat chain for the same port', () => {
  test.each([
    [-110, 'first', 'so it wins for the connections that it matches', 'neighbour'],
    [-90, 'later', 'so the forward wins', 'backend'],
  ] as const)('at priority %i, the rule comes %s: %s', async (priority, order, winner, who) => {
    await lab.sh('host', rival(priority));
    expect(await applied(REMOTE)).toMatchObject([
      {
        code: 'host/nat-chain-rival',
        message: `a NAT rule in ip theirs pre also matches tcp 6000 of forward web (tcp dport 6000 dnat to 10.0.0.3:5000): it comes ${order} (priority ${priority}, portfwd -105), ${winner}`,
      },
    ]);
    expect(await ask()).toMatchObject({ who });
  });

  test.each([
    ['in a chain that has a name of iptables, but that iptables does not list', PRE.replace('pre', 'PREROUTING')],
    ['by a set of ports', `${SETS} ${PRE.replace('6000', '@ok')}`],
    [
      'by a map of ports',
      `${SETS} ${PRE.replace('tcp dport 6000 dnat to 10.0.0.3:5000', 'dnat to tcp dport map @tgt')}`,
    ],
  ])('%s: it wins', async (_, text) => {
    await lab.sh('host', `nft 'table ip nat { ${text} }'`);
    expect(await applied(REMOTE)).toMatchObject([
      {
        code: 'host/nat-chain-rival',
        message: /^a NAT rule in ip nat pre(routing)? (may )?also match(es)? tcp 6000 .* so it wins /i,
      },
    ]);
    expect(await ask()).toMatchObject({ who: 'neighbour' });
  });

  test('for another address than those of the forwards is not named', async () => {
    await lab.sh('host', `nft 'table ip nat { ${PRE.replace('tcp dport', 'ip daddr 10.9.9.9 tcp dport')} }'`);
    expect(await applied(REMOTE)).toEqual([]);
    expect(await ask()).toMatchObject({ who: 'backend' });
  });

  test('with a name of iptables, at the priority of portfwd', async () => {
    await lab.sh(
      'host',
      `nft 'table ip nat { ${PRE.replace('pre', 'PREROUTING').replace('-110', '-105').replace('6000', '6001')} }'`,
    );
    expect(await applied(REMOTE)).toMatchObject([{ code: 'host/nat-chain-rival', remedy: /key priority/ }]);
  });

  test('at the priority of portfwd is named', async () => {
    await lab.sh('host', rival(-105).replace('6000', '6001'));
    expect(await applied(REMOTE)).toMatchObject([{ code: 'host/nat-chain-rival', remedy: /key priority/ }]);
  });

  test('as Docker writes it, in a chain of its own', async () => {
    await lab.sh(
      'host',
      'iptables -t nat -N DOCKER\niptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\niptables -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\niptables -t nat -A DOCKER ! -i docker0 -p tcp --dport 6000 -j DNAT --to-destination 10.0.0.3:5000',
    );
    expect(await applied(REMOTE)).toMatchObject([
      { code: 'host/nat-chain-rival', message: /^a NAT rule in ip nat DOCKER may also match .* wins$/ },
    ]);
    expect(await ask()).toMatchObject({ who: 'backend' });
  });
});
