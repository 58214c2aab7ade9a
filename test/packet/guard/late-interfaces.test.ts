import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PATIENCE, startAgent } from '../lab/agent.ts';
import type { Lab } from '../lab/lab.ts';
import {
  applyModel,
  ask,
  BACKEND,
  CLIENT,
  HOST,
  isSilent,
  MODEL,
  NEIGHBOUR,
  removeAll,
  startGuardLab,
} from './guard-lab.ts';
import { addLateLink, addLateMacvlan, BLANKET, bridgeOver, count, LATE, LATE_GATEWAY } from './late-link.ts';

const UNTRACKED_PORT = { ip: 5353, ip6: 5354 } as const;

let lab: Lab;
beforeAll(async () => {
  lab = await startGuardLab();
});
afterAll(async () => lab.stop());
beforeEach(async () => applyModel(lab));
afterEach(async () => removeAll(lab));

describe.each(['ip', 'ip6'] as const)('interfaces that were there, and those that appear later (%s)', (family) => {
  test('an uplink that appears later is not open either', async () => {
    await addLateLink('ppp0');
    const late = await startAgent('late');
    expect(await isSilent(late, BACKEND[family], 5000)).toBe(true);
    expect(await isSilent(late, CLIENT[family], 7000)).toBe(true);
    expect(await ask(late, LATE_GATEWAY[family], 6000)).toMatchObject({ who: 'backend', sees: LATE[family] });
    await late.stop();
  });

  test('guests behind a tunnel that appears later reach outside and not the target, and are not reached', async () => {
    await addLateLink();
    const late = await startAgent('late');
    await late.serve({ protocol: 'tcp', address: LATE[family], port: 7000 });
    await lab.sh('client', `ip route add ${LATE[family]} via ${HOST[family]}`);
    expect(await ask(late, CLIENT[family], 7000)).toMatchObject({ who: 'client', sees: LATE[family] });
    expect(await isSilent(late, BACKEND[family], 5000)).toBe(true);
    expect(await isSilent(lab.agents.client, LATE[family], 7000)).toBe(true);
    expect(await isSilent(lab.agents.backend, LATE[family], 7000)).toBe(true);
    await lab.sh('client', `ip route delete ${LATE[family]}`);
    await late.stop();
  });

  test.each(['ppp0', 'wg0'])('masquerading everything does not open the target to a later %s', async (name) => {
    await lab.sh('host', BLANKET);
    await addLateLink(name);
    const late = await startAgent('late');
    expect(await isSilent(late, BACKEND[family], 5000)).toBe(true);
    expect(await isSilent(late, NEIGHBOUR[family], 5000)).toBe(true);
    expect(await ask(late, LATE_GATEWAY[family], 6000)).toMatchObject({ who: 'backend' });
    await late.stop();
  });

  test.each([
    ['an uplink', async () => addLateLink('ppp0')],
    ['a LAN of a kind that guests do not have', async () => addLateMacvlan()],
  ])('nor does it let %s that appears later reach others', async (_, addLink) => {
    await addLink();
    await lab.sh('host', BLANKET);
    const late = await startAgent('late');
    expect(await isSilent(late, CLIENT[family], 7000)).toBe(true);
    expect(await ask(late, LATE_GATEWAY[family], 6000)).toMatchObject({ who: 'backend' });
    await late.stop();
  });

  test.each(['br5', 'vmbr5'])('the bridge %s that was there before is not open', async (bridge) => {
    await lab.portfwd(['down']);
    await addLateLink();
    await lab.sh('host', bridgeOver('wg0', bridge));
    expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    const lan = await startAgent('late');
    expect(await isSilent(lan, CLIENT[family], 7000)).toBe(true);
    expect(await isSilent(lan, BACKEND[family], 5000)).toBe(true);
    expect(await ask(lan, LATE_GATEWAY[family], 6000)).toMatchObject({ who: 'backend' });
    expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    expect(await isSilent(lan, CLIENT[family], 7000)).toBe(true);
    await lab.sh('host', BLANKET);
    expect(await ask(lan, CLIENT[family], 7000)).toMatchObject({ who: 'client', sees: HOST[family] });
    expect(await isSilent(lan, BACKEND[family], 5000)).toBe(true);
    await lan.serve({ protocol: 'tcp', address: LATE[family], port: 7000 });
    expect(await isSilent(lab.agents.backend, LATE[family], 7000)).toBe(true);
    await lan.stop();
    await lab.sh('host', `ip link delete ${bridge}`);
  });

  test('the guard does not change when an interface appears, nor when its table is loaded again', async () => {
    const before = await lab.sh('host', 'nft list chain inet portfwd pf_late_guard');
    await addLateLink();
    expect((await lab.portfwd(['status'])).stdout).not.toContain('differ');
    expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    expect(await lab.sh('host', 'nft list chain inet portfwd pf_late_guard')).toBe(before);
    await lab.sh('host', 'nft delete table inet portfwd');
    expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    expect(await lab.sh('host', 'nft list chain inet portfwd pf_late_guard')).toBe(before);
  });

  test.each(['out0', 'wg0'])('packets that are not tracked do not pass, from %s', async (from) => {
    await addLateLink();
    const late = await startAgent('late');
    const port = UNTRACKED_PORT[family];
    await lab.sh(
      'host',
      `nft 'table inet raw { chain incoming { type filter hook prerouting priority -300; notrack; }; }'`,
    );
    await lab.sh('backend', count(`udp dport ${port}`));
    const sender = from === 'out0' ? lab.agents.client : late;
    await sender.probe({ protocol: 'udp', to: BACKEND[family], port, timeout: PATIENCE.silence });
    expect(await lab.sh('backend', 'nft list table inet seen')).toContain('counter packets 0');
    await lab.sh('backend', 'nft flush ruleset');
    await late.stop();
  });
});
