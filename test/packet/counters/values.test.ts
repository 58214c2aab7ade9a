import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { BOTH, HOST, startCountersLab, web, type CountersLab, type Used } from './counters-lab.ts';

let flows: CountersLab;
beforeAll(async () => {
  flows = await startCountersLab();
});
afterEach(async () => flows.startOver());
afterAll(async () => flows.lab.stop());

/** Without the connections that are open now. */
const sumsOf = async (name: string): Promise<Partial<Used>> => {
  const { connections, received, sent } = (await flows.usedBy(name)) ?? {};
  return { connections, received, sent } as Partial<Used>;
};

test('another name and another target keep the values', async () => {
  await flows.apply([web()]);
  await flows.talkBoth();
  await flows.apply([web({ name: 'site' })]);
  await flows.expectCounted('site', 2);
  await flows.talkBoth();
  await flows.apply([web({ name: 'site', target: '10.0.0.3:5001' })]);
  await flows.talkBoth();
  await flows.apply([web({ name: 'site', target: '192.168.0.2:5000' })]);
  await flows.talkBoth();
  await flows.expectCounted('site', 8);
});

test('counters: false and down keep the values, and what passes meanwhile does not count', async () => {
  await flows.apply([web()]);
  await flows.talkBoth();
  const before = await sumsOf('web');
  await flows.applyWith({ counters: false }, [web()]);
  expect(await flows.lab.sh('host', 'nft list tables')).not.toContain('portfwd_counters');
  expect(await flows.lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
  expect((await flows.lab.portfwd(['stats'])).stderr).toContain('counters: false');
  await flows.talkBoth();
  expect(await sumsOf('web')).toEqual(before);
  await flows.forget();
  await flows.apply([web()]);
  expect(await flows.lab.portfwd(['down'])).toMatchObject({ exitCode: 0 });
  expect(await flows.lab.sh('host', 'nft list tables')).not.toContain('portfwd');
  await flows.apply([web()]);
  expect(await sumsOf('web')).toEqual(before);
});

test('a listen that moves to another forward counts there from then on', async () => {
  await flows.apply([web(), { name: 'other', listen: 6001, target: '10.0.0.3:5000' }]);
  await flows.talk('client', 'tcp', HOST, 6000);
  const before = await sumsOf('web');
  await flows.apply([web({ listen: 6002 }), { name: 'other', listen: 6000, target: '10.0.0.2:5000' }]);
  await flows.forget();
  await flows.talk('client', 'tcp', HOST, 6000);
  expect(await sumsOf('web')).toEqual(before);
  await flows.expectCounted('other', 1);
});

test('several listens, ranges and shifted ranges of one forward are one sum', async () => {
  await flows.apply([
    web({ listen: ['6000', '203.0.113.2:6001'] }),
    { name: 'range', protocol: BOTH, listen: '6002-6004', target: '10.0.0.2' },
    { name: 'shifted', protocol: BOTH, listen: '6005-6006', target: '10.0.0.2:5000-5001' },
  ]);
  await flows.talkBoth();
  await flows.talkBoth(6001, '203.0.113.2');
  await flows.expectCounted('web', 4);
  await flows.forget();
  await flows.talkBoth(6003);
  await flows.expectCounted('range', 2);
  await flows.forget();
  await flows.talkBoth(6005);
  await flows.talkBoth(6006);
  await flows.expectCounted('shifted', 4);
});

test('listens on two addresses do not mix, nor do interfaces', async () => {
  await flows.apply([
    web({ listen: '203.0.113.1:6000' }),
    { name: 'one', protocol: BOTH, listen: '203.0.113.2:6000', target: '10.0.0.2:5000' },
    { name: 'outside', listen: 6001, interface: 'out0', target: '10.0.0.2:5000' },
    { name: 'inside', listen: 6001, interface: 'in0', target: '10.0.0.2:5001' },
  ]);
  await flows.talkBoth();
  await flows.expectCounted('web', 2);
  await flows.forget();
  await flows.talkBoth(6000, '203.0.113.2');
  await flows.expectCounted('one', 2);
  await flows.forget();
  await flows.talk('client', 'tcp', HOST, 6001);
  await flows.expectCounted('outside', 1);
  await flows.talk('neighbour', 'tcp', '10.0.0.1', 6001);
  expect(await flows.usedBy('inside')).toMatchObject({ connections: 1, ...(await flows.witnessed('neighbour')) });
});

test('a port that is shared by interfaces later, and no longer: no packet of an open connection is missed', async () => {
  const inside = { name: 'inside', protocol: BOTH, listen: 6000, interface: 'in0', target: '10.0.0.2:5001' };
  const outside = web({ interface: 'out0' });
  await flows.apply([outside]);
  const streams = await Promise.all(BOTH.map(async (protocol) => flows.open('client', protocol, HOST, 6000)));
  for (let turn = 0; turn < 3; turn += 1) {
    await flows.apply([outside, inside]);
    await flows.lab.sh('host', 'nft list chain inet portfwd_counters pf_leaving | grep -F @pf_sent_target4');
    await flows.talk('neighbour', 'tcp', '10.0.0.1', 6000);
    await flows.apply([outside, { ...inside, listen: 6001 }]);
    await flows.lab.sh('host', '! nft list chain inet portfwd_counters pf_leaving | grep -F _target4');
  }
  await Promise.all(streams.map(async (stream) => stream.end()));
  await flows.expectCounted('web', 2);
  expect(await flows.usedBy('inside')).toMatchObject({ connections: 3, ...(await flows.witnessed('neighbour')) });
});

test('a target that connects to itself through the host, and clients that are masqueraded', async () => {
  await flows.apply([web({ masquerade: 'always' })]);
  for (const protocol of BOTH) await flows.talk('backend', protocol, '10.0.0.1', 6000);
  expect(await flows.usedBy('web')).toMatchObject({ connections: 2, ...(await flows.witnessed('backend')) });
  await flows.apply([web({ name: 'again', listen: 6001, masquerade: 'always' })]);
  await flows.talkBoth(6001);
  await flows.expectCounted('again', 2);
});

test('connections of this host to 127.0.0.1 count, and not those to other addresses of it', async () => {
  await flows.apply([web({ target: '192.168.0.2:5000' })]);
  await flows.talk('host', 'tcp', '127.0.0.1', 6000);
  expect(await flows.usedBy('web')).toMatchObject({ connections: 1, ...(await flows.witnessed('host')) });
  await flows.talk('host', 'tcp', '127.0.0.2', 6000);
  expect(await flows.usedBy('web')).toMatchObject({ connections: 1 });
});

test('what another program redirects on its way through this host does not count', async () => {
  await flows.apply([web()]);
  await flows.lab.sh(
    'host',
    "nft 'table ip redirects { chain c { type nat hook prerouting priority -150; ip daddr 10.0.0.99 tcp dport 6000 dnat to 10.0.0.3:5000; }; }'",
  );
  await flows.talk('client', 'tcp', '10.0.0.99', 6000);
  await flows.lab.sh('host', 'nft delete table ip redirects');
  expect(await flows.usedBy('web')).toMatchObject({ connections: 0, received: { packets: 0 }, sent: { packets: 0 } });
  expect(await flows.lab.sh('host', 'nft list table inet portfwd_counters')).not.toContain('10.0.0.99');
});

test('a UDP flow that conntrack forgot counts as a new connection, and loses nothing', async () => {
  await flows.apply([web()]);
  const stream = await flows.lab.agents.client.stream({ protocol: 'udp', to: HOST, port: 6000 });
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await stream.ask(20_000)).not.toBeNull();
    await flows.witnessed('client');
    await flows.lab.sh('host', 'conntrack -F 2>/dev/null');
  }
  await stream.end();
  await flows.expectCounted('web', 3);
});

test('a connection that is refused, and one that a firewall drops', async () => {
  await flows.apply([web({ target: '10.0.0.2:4999' })]);
  const probe = { protocol: 'tcp', to: HOST, port: 6000, timeout: 1000 } as const;
  expect(await flows.lab.agents.client.probe(probe)).toBeNull();
  await flows.expectCounted('web', 1);
  await flows.lab.sh(
    'host',
    "nft 'table ip deny { chain c { type filter hook forward priority 0; tcp dport 4999 drop; }; }'",
  );
  expect(await flows.lab.agents.client.probe(probe)).toBeNull();
  await flows.lab.sh('host', 'nft delete table ip deny');
  expect(await flows.usedBy('web')).toMatchObject({ connections: 1 });
});

test('who uses it now: open connections by client, and not those that are closed', async () => {
  await flows.apply([web()]);
  await flows.talk('client', 'tcp', HOST, 6000);
  const open = [
    await flows.open('client', 'tcp', HOST, 6000),
    await flows.open('client', 'udp', HOST, 6000),
    await flows.open('neighbour', 'tcp', '10.0.0.1', 6000),
  ];
  const { forwards } = await flows.stats('web', '--clients');
  expect(forwards).toMatchObject([
    {
      open: 3,
      connections: 4,
      clients: [
        { address: '203.0.113.7', open: 2 },
        { address: '10.0.0.3', open: 1 },
      ],
    },
  ]);
  expect(forwards[0]?.clients?.[0]).not.toHaveProperty('receivedBytes');
  for (const stream of open.slice(1)) await stream.end();
  await flows.lab.sh('host', 'sysctl -qw net.netfilter.nf_conntrack_acct=1; conntrack -F 2>/dev/null');
  await flows.talk('client', 'udp', HOST, 6000);
  const counted = (await flows.stats('6000', '--clients')).forwards[0]?.clients?.[0];
  expect(counted).toMatchObject({ address: '203.0.113.7', receivedBytes: expect.any(Number) });
  await flows.lab.sh('host', 'sysctl -qw net.netfilter.nf_conntrack_acct=0');
  expect(await flows.lab.portfwd(['stats', 'nothing'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[no-forward]'),
  });
});

test('--watch prints rates, and ends when nothing reads it any more', async () => {
  await flows.apply([web()]);
  const stream = await flows.open('client', 'tcp', HOST, 6000);
  const watch = [...PORTFWD_COMMAND, 'stats', '--watch', '0.2', '--state-dir', flows.lab.env['PORTFWD_STATE_DIR']].join(
    ' ',
  );
  const printed = await flows.lab.sh('host', `bash -c 'timeout 60 ${watch} | head -n 4; exit $PIPESTATUS'`);
  await stream.end();
  const [first = '', , second = '', rates = ''] = printed.split('\n');
  expect(first).toMatch(/^NAME .* PACKETS$/);
  expect(second).toMatch(/ RECEIVING +SENDING +CONN\/S$/);
  expect(rates).toMatch(/^web .* [1-9][\d.]* (?:Ki)?B\/s +[1-9][\d.]* (?:Ki)?B\/s +0\.0$/);
});
