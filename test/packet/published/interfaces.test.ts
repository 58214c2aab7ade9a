import { expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { app, attackThrough, BOTH, LATE, model, OUT, usePublishedLab } from '../lab/published-lab.ts';

const {
  machines: { sh, portfwd },
  ask,
  apply,
  addLate,
  before,
  sysctls,
  openLinks,
  expectAttacksFail,
} = usePublishedLab();

test('every interface gets the sysctl, and with `interface` only those that it names and the uplinks', async () => {
  await apply(model());
  expect(await openLinks()).toEqual(['default', 'in0', 'out0', 'svc0']);
  await apply(model({ interface: 'out0' }));
  expect(await openLinks()).toEqual(['default', 'out0']);
  expect(await ask('client', OUT)).toEqual(app('203.0.113.7'));
  expect(await ask('neighbour', OUT, { timeout: PATIENCE.silence })).toBeNull();
  await expectAttacksFail();
  await apply(model({ interface: 'i*', wildcard: true }));
  expect(await openLinks()).toEqual(['default', 'in0', 'out0']);
  expect(await ask('neighbour', OUT)).toEqual(app('10.0.0.3'));
  await apply(model({ target: '192.168.0.2:5000', loopback: false }));
  expect(await sysctls()).toBe(before());
});

test.each(['every interface', 'late*'])('an interface that appears later works and is guarded (%s)', async (which) => {
  await apply(model(which === 'late*' ? { interface: 'late*', wildcard: true } : {}));
  await addLate();
  for (const protocol of BOTH) expect(await ask('client', LATE, { protocol })).toEqual(app('192.0.2.7'));
  await sh('client', attackThrough(LATE));
  await expectAttacksFail(['client']);
  expect(await portfwd(['status'])).toMatchObject({ exitCode: 0 });
  await sh('host', 'nft flush chain inet portfwd pf_loopback_guard');
  expect(await ask('client', '127.0.0.1', { port: 7000 })).toMatchObject({ at: '127.0.0.1' });
  expect(await portfwd(['down'])).toMatchObject({ exitCode: 0 });
  await sh('client', attackThrough(OUT));
  expect((await sysctls()).split('\n')).toContain('late0/route_localnet:0');
  expect(await openLinks()).toEqual([]);
});

test('an interface that goes and comes back works again', async () => {
  await addLate();
  await apply(model({ interface: 'late0' }));
  expect(await openLinks()).toEqual(['default', 'late0', 'out0']);
  await sh('host', 'ip link delete late0');
  await addLate();
  expect(await ask('client', LATE)).toEqual(app('192.0.2.7'));
});

test('what others had set stays, also where an interface came later', async () => {
  await sh('host', 'sysctl -qw net.ipv4.conf.in0.route_localnet=1');
  await apply(model());
  await addLate();
  await apply(model({ listen: 6001 }));
  await portfwd(['down']);
  expect(await openLinks()).toEqual(['in0']);
  await sh('host', 'sysctl -qw net.ipv4.conf.default.route_localnet=1');
  await apply(model());
  await portfwd(['down']);
  expect(await openLinks()).toEqual(['default', 'in0']);
  // Turned off while portfwd was there: it does not come back.
  await sh('host', 'sysctl -qw net.ipv4.conf.default.route_localnet=0');
  await apply(model());
  await sh('host', 'sysctl -qw net.ipv4.conf.in0.route_localnet=0');
  await portfwd(['down']);
  expect(await openLinks()).toEqual([]);
});

const set = async (name: string, value: number): Promise<string> =>
  sh('host', `sysctl -qw net.ipv4.conf.${name}.route_localnet=${value}`);

test.each(['never', 'before', 'after'])(
  'an interface that another program opened stays open (apply: %s)',
  async (when) => {
    await apply(model());
    await addLate();
    await sh('host', 'ip link add theirs0 type bridge');
    if (when === 'before') await portfwd(['apply']);
    await set('theirs0', 1);
    if (when === 'after') await portfwd(['apply']);
    expect(await ask('client', LATE)).toEqual(app('192.0.2.7'));
    expect(await portfwd(['status'])).toMatchObject({ exitCode: 0 });
    expect(await portfwd(['down'])).toMatchObject({ exitCode: 0 });
    expect(await openLinks()).toEqual(['theirs0']);
    await sh('host', 'ip link delete theirs0');
  },
);

test('an interface that was there at apply is closed, also if another program wrote the same value since', async () => {
  await apply(model());
  await set('in0', 1);
  expect(await portfwd(['down'])).toMatchObject({ exitCode: 0 });
  expect(await openLinks()).toEqual([]);
});

test('an interface with the value 2 of another program keeps it', async () => {
  await set('in0', 2);
  await apply(model());
  await portfwd(['down']);
  expect(await sysctls()).toContain('in0/route_localnet:2');
  await set('in0', 0);
});

test('an interface that came later is closed although `default` was turned off since', async () => {
  await apply(model());
  await addLate();
  await set('default', 0);
  expect(await portfwd(['down'])).toMatchObject({ exitCode: 0 });
  expect(await openLinks()).toEqual([]);
});

test('what an older portfwd set, which wrote 1 to `default`, is turned off', async () => {
  await apply(model());
  await set('default', 1);
  await addLate();
  expect(await portfwd(['status'])).toMatchObject({ exitCode: 0 });
  await portfwd(['apply']);
  await portfwd(['down']);
  expect(await openLinks()).toEqual([]);
});

test('an interface that still needs it keeps it if `default` no longer needs it', async () => {
  await apply(model());
  await addLate();
  await sh('host', 'ip route add 192.168.77.0/24 via 192.0.2.7');
  await apply(model({ target: '192.168.77.2:5000' }));
  expect(await openLinks()).toEqual(['late0']);
  await portfwd(['down']);
  expect(await openLinks()).toEqual([]);
});

test('answers that leave through another interface than the packets came in through', async () => {
  await addLate();
  await sh('host', 'ip route add 198.51.100.9 via 192.0.2.7; sysctl -qw net.ipv4.conf.out0.rp_filter=0');
  await sh('client', 'ip address add 198.51.100.9/32 dev lo; sysctl -qw net.ipv4.conf.all.rp_filter=0');
  await apply(model());
  const far = { from: '198.51.100.9' };
  for (const protocol of BOTH) expect(await ask('client', OUT, { ...far, protocol })).toEqual(app('198.51.100.9'));
  await sh('host', 'sysctl -qw net.ipv4.conf.late0.route_localnet=0');
  expect(await ask('client', OUT, { ...far, timeout: PATIENCE.silence })).toBeNull();
  expect((await portfwd(['list'])).stdout).toContain('drifted');
  await sh('client', 'ip address delete 198.51.100.9/32 dev lo');
});

test('an interface that lost the sysctl makes the forward drift, and apply sets it again', async () => {
  await apply(model());
  await sh('host', 'sysctl -qw net.ipv4.conf.out0.route_localnet=0');
  const { exitCode, stdout } = await portfwd(['status']);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('net.ipv4.conf.out0.route_localnet');
  await portfwd(['apply']);
  expect(await ask('client', OUT)).toEqual(app('203.0.113.7'));
  expect(await portfwd(['status'])).toMatchObject({ exitCode: 0 });
});
