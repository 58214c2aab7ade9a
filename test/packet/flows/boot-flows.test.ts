import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { at, expectAlive, expectMoved, FAMILIES, modelOf, startFlowsLab, type FlowsLab } from '../lab/flows-lab.ts';
import { linesOf } from '../lab/boot-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';

/** What the service of the boot does when nftables.service restarts, for clients that sent in the gap. */
let flows: FlowsLab;
let etc: string;
beforeAll(async () => {
  flows = await startFlowsLab();
  etc = join(flows.lab.directory, 'etc');
  mkdirSync(etc);
  for (const name of ['nftables.conf', 'os-release', 'protocols', 'services', 'passwd', 'group', 'ld.so.cache'])
    cpSync(`/etc/${name}`, join(etc, name));
  cpSync('/etc/alternatives', join(etc, 'alternatives'), { recursive: true, verbatimSymlinks: true });
});
afterEach(async () => {
  await portfwd('disable');
  await flows.clear();
});
afterAll(async () => flows.lab.stop());

/** On the host, with an /etc of its own. */
const onHost = async (script: string): Promise<string> =>
  flows.lab.sh('host', `unshare -m sh -ec 'mount --bind ${etc} /etc; ${script}'`);
const portfwd = async (...args: readonly string[]): Promise<string> => {
  const env = Object.entries(flows.lab.env).map((pair) => pair.join('='));
  return onHost(['env', ...env, ...PORTFWD_COMMAND, ...args].join(' '));
};

async function enabled(forwards: readonly object[]): Promise<void> {
  flows.lab.writeModel(modelOf(forwards));
  await portfwd('enable');
}

/** As systemd does when the host's firewall starts again. */
async function startService(): Promise<string> {
  const unit = readFileSync(join(etc, 'systemd/system/portfwd.service'), 'utf8');
  return onHost([...linesOf(unit, 'ExecStart'), ...linesOf(unit, 'ExecStartPost')].join('; '));
}

/** How many ports from 7100 and from 7300 on have clients. */
const tracked = async (): Promise<string> =>
  flows.lab.sh('host', 'conntrack -L -p udp 2>/dev/null | grep -oE "dport=7[13].." | sort -u | wc -l');

const status = async (): Promise<{ exitCode: number; stdout: string }> => flows.lab.portfwd(['status']);

const forward = (listen: string, target: string, more: object = {}): object => ({
  protocol: ['tcp', 'udp'],
  listen,
  target,
  ...more,
});

describe.each(FAMILIES)('$family', ({ any, outside, local, backend, neighbour }) => {
  test('UDP clients that sent in the gap are forwarded when the boot has loaded the forwards again', async () => {
    const forwards = [
      forward(at(any, 7000), at(backend, 5000)),
      forward(at(any, '7010-7020'), at(backend, '5000-5010')),
      forward(at(local, 5000), at(backend, 5001)),
      forward(at(local, 5005), at(backend, 5002)),
    ];
    await enabled(forwards);
    const silent = await flows.open('client', 'udp', outside, 7000);
    const ranged = await flows.open('client', 'udp', outside, 7011);
    const own = await flows.open('host', 'udp', outside, 7000);
    const answered = await flows.open('client', 'udp', local, 5000);
    const slow = await flows.open('client', 'udp', local, 5005);
    await expectAlive(answered, 'host 5000');
    expect(await startService()).toMatch(/^portfwd: ended UDP flows .*: \d+$/);
    await expectMoved(silent, 'backend 5000', 'silent');
    await expectMoved(ranged, 'backend 5001', 'ranged');
    await expectMoved(own, 'backend 5000', 'own');
    await expectMoved(answered, 'backend 5001', 'answered');
    await expectMoved(slow, 'backend 5002', 'slow');
  });

  test('flows that no forward would translate go on, and so do those of the forwards', async () => {
    await enabled([forward(at(any, 7000), at(backend, 5000)), forward(at(any, 6003), at(backend))]);
    await startService();
    const forwarded = await flows.open('client', 'udp', outside, 7000);
    const samePort = await flows.open('client', 'udp', outside, 6003);
    const transit = await flows.open('client', 'udp', neighbour, 6003);
    const other = await flows.open('client', 'udp', local, 5000);
    await expectAlive(forwarded, 'backend 5000');
    const entries = async (): Promise<string> =>
      flows.lab.sh('host', 'conntrack -L -p udp -o id 2>/dev/null | grep -o "id=.*" | sort');
    const before = await entries();
    expect(await startService()).toBe('');
    await expectAlive(forwarded, 'backend 5000');
    await expectAlive(samePort, 'backend 6003');
    await expectAlive(transit, 'neighbour 6003');
    await expectAlive(other, 'host 5000');
    expect(await entries()).toBe(before);
  });

  test.each([
    ['and another service of this address has clients', true],
    ['and no other service of this address has clients', false],
  ])('clients of a hundred ports sent in the gap, %s', async (_, others) => {
    await enabled([forward(at(any, '7100-7199'), at(backend, '5100-5199'))]);
    if (others) await send('7300', '7300');
    await send('7100', '7199');
    expect(await tracked()).toBe(others ? '101' : '100');
    expect(await startService()).toMatch(/: 100$/);
    expect(await tracked()).toBe(others ? '1' : '0');
  });
  const send = async (first: string, last: string): Promise<string> =>
    flows.lab.sh(
      'client',
      `bash -c 'for port in {${first}..${last}}; do echo x >/dev/udp/${outside}/$port; done' || true`,
    );

  test('status says which forwards such flows bypass, and apply ends them', async () => {
    const forwards = [forward(at(any, 7000), at(backend, 5000), { name: 'game' })];
    await flows.apply(forwards);
    const table = await flows.lab.sh('host', 'nft list table inet portfwd');
    await flows.lab.sh('host', 'nft delete table inet portfwd');
    const missed = await flows.open('client', 'udp', outside, 7000);
    await flows.lab.sh('host', `nft -f - <<'EOF'\n${table}\nEOF`);
    expect(await status()).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^drifted: .*UDP.*portfwd apply ends them\n[^]*game  1 flow bypasses it/),
    });
    await flows.apply(forwards);
    await expectMoved(missed, 'backend 5000');
    expect(await status()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^in sync/) });
  });
});
