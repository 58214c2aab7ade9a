import { expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { app, BOTH, model, OUT, usePublishedLab } from '../lab/published-lab.ts';
import { until } from '../lab/until.ts';

const {
  machines: { sh, portfwd, agent },
  ask,
  apply,
  openLinks,
  expectAttacksFail,
} = usePublishedLab();

test.each(BOTH)('clients outside, beside and on the host use it, and it sees their address (%s)', async (protocol) => {
  await apply(model());
  expect(await ask('client', OUT, { protocol })).toEqual(app('203.0.113.7'));
  expect(await ask('backend', '10.0.0.1', { protocol })).toEqual(app('10.0.0.2'));
  expect(await ask('neighbour', '192.168.0.2', { protocol })).toEqual(app('10.0.0.3'));
  for (const address of ['127.0.0.1', OUT, '192.168.0.2'])
    expect(await ask('host', address, { protocol })).toEqual(app(address));
  expect(await portfwd(['status'])).toMatchObject({ exitCode: 0 });
});

test('add and set write it, and without loopback: true the error says what to add', async () => {
  await portfwd(['apply'], 'version: 1\nforwards: []\n');
  const refused = await portfwd(['add', '6000', '127.0.0.1:5000']);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('add loopback: true, or make the service listen on another address of this host');
  expect(await openLinks()).toEqual([]);
  expect(await portfwd(['add', '6000', '127.0.0.1:5000', '--loopback'])).toMatchObject({ exitCode: 0 });
  expect(await ask('client', OUT)).toEqual(app('203.0.113.7'));
});

test('open flows follow a change, and end with the forward', async () => {
  await agent('host').serve({ protocol: 'udp', address: '127.0.0.1', port: 5001 });
  await apply(model());
  const udp = await agent('client').stream({ protocol: 'udp', to: OUT, port: 6000 });
  expect(await udp.ask(PATIENCE.answer)).toEqual(app('203.0.113.7'));
  await apply(model({ target: '127.0.0.1:5001' }));
  expect(await udp.ask(PATIENCE.answer)).toEqual({ ...app('203.0.113.7'), port: 5001 });
  await portfwd(['down']);
  expect(await udp.ask(PATIENCE.silence)).toBeNull();
  await udp.end();
});

test('it works with the addresses that an interface has now, and with a range of ports', async () => {
  await agent('host').serve({ protocol: 'tcp', address: '127.0.0.9', port: 5102 });
  await apply(model({ listen: 'out0:6000' }));
  expect(await ask('client', OUT)).toEqual(app('203.0.113.7'));
  await apply(model({ listen: '6100-6103', target: '127.0.0.9:5100-5103' }));
  expect(await ask('client', OUT, { port: 6102 })).toEqual({ ...app('203.0.113.7'), at: '127.0.0.9', port: 5102 });
  await expectAttacksFail();
});

test('a note says that nothing listens on the target, until something does', async () => {
  const silent = model({ protocol: 'tcp', target: '127.0.0.1:5300' });
  const { exitCode, stderr } = await portfwd(['apply'], silent);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringContaining('nothing listens on tcp 127.0.0.1:5300 now'),
  });
  await agent('host').serve({ protocol: 'tcp', address: '0.0.0.0', port: 5300 });
  expect((await portfwd(['check'])).stderr).not.toContain('host/target-silent');
  expect(await ask('client', OUT)).toEqual({ ...app('203.0.113.7'), port: 5300 });
});

test('::1 cannot be a target, and the address that the error says works', async () => {
  const text = `${JSON.stringify({ version: 1, forwards: [{ listen: '[::]:6000', target: '[::1]:5000', loopback: true }] })}\n`;
  const { exitCode, stderr } = await portfwd(['apply'], text);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('::1 cannot be reached from other hosts');
  const command = /(?<command>ip address add (?<address>\S+)\/128 dev lo)/.exec(stderr)?.groups ?? {};
  await sh('host', command['command'] ?? 'false');
  const address = command['address'] ?? '';
  // The kernel makes the local route of an IPv6 address a moment later.
  await until('the address is local', async () =>
    (await sh('host', `ip -6 route get ${address} || true`)).startsWith('local '),
  );
  for (const protocol of BOTH) await agent('host').serve({ protocol, address, port: 5000 });
  await apply(`${JSON.stringify({ version: 1, forwards: [{ listen: '[::]:6000', target: `[${address}]:5000` }] })}\n`);
  expect(await ask('client', '2001:db8:1::1')).toEqual({ who: 'host', at: address, port: 5000, sees: '2001:db8:1::7' });
  await sh('host', `ip address delete ${address}/128 dev lo`);
});

test('strict rp_filter and the logging of martians change nothing', async () => {
  await sh(
    'host',
    'for link in all out0 in0; do sysctl -qw net.ipv4.conf.$link.rp_filter=1 net.ipv4.conf.$link.log_martians=1; done',
  );
  await apply(model());
  expect(await ask('client', OUT)).toEqual(app('203.0.113.7'));
  expect(await ask('neighbour', '10.0.0.1')).toEqual(app('10.0.0.3'));
  await expectAttacksFail();
  await sh(
    'host',
    'for link in all out0 in0; do sysctl -qw net.ipv4.conf.$link.rp_filter=0 net.ipv4.conf.$link.log_martians=0; done',
  );
});
