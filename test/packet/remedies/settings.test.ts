import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { applyFindings, type Shown } from '../lab/apply-findings.ts';
import { startLab, type Lab } from '../lab/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
});
afterAll(async () => lab.stop());
afterEach(async () => {
  await lab.portfwd(['down']);
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_local_reserved_ports=""; sysctl -qw net.ipv4.conf.out0.forwarding=1');
});

const commandOf = ({ remedy }: Shown): string => /run: ([^;]*)/.exec(remedy)?.[1] ?? 'false';

/** The host opens connections of its own, which need ports of the ephemeral range. */
const hostConnects = async (): Promise<unknown> =>
  lab.agents.host.probe({ protocol: 'tcp', to: '10.0.0.2', port: 5000, timeout: PATIENCE.answer });

test('ephemeral ports: after the printed command this host still opens connections, and reserved ports stay reserved', async () => {
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_local_reserved_ports=8080,33000');
  const model = 'version: 1\nforwards: ["32768-45000:10.0.0.2"]\n';
  const [finding] = (await applyFindings(lab, model)) as readonly [Shown];
  await lab.sh('host', commandOf(finding));
  expect(await applyFindings(lab, model)).toEqual([]);
  expect(await lab.sh('host', 'sysctl -n net.ipv4.ip_local_reserved_ports')).toBe('8080,32768-45000');
  expect(await hostConnects()).toMatchObject({ who: 'backend' });
});

test.each([
  ['the whole range', '["1024-65535:10.0.0.2"]'],
  ['nearly the whole range in two forwards', '["32768-47000:10.0.0.2", "47100-60990:10.0.0.2"]'],
])('%s: no command, and reserving it would have cut this host off', async (_, forwards) => {
  const [finding] = (await applyFindings(lab, `version: 1\nforwards: ${forwards}\n`)) as readonly [Shown];
  expect(finding).toMatchObject({
    code: 'host/ephemeral-overlap',
    remedy: expect.stringMatching(/^listen on ports outside this range; do not reserve them/) as string,
  });
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_local_reserved_ports=32768-60999');
  expect(await hostConnects()).toBeNull();
});

const VIA_HOST = 'ip route replace 10.0.0.0/24 via 203.0.113.1';
const direct = async (timeout: number) =>
  lab.agents.client.probe({ protocol: 'tcp', to: '10.0.0.2', port: 5000, timeout });

const routing = (forwarding: string): string =>
  `version: 1\nforwarding: ${forwarding}\nforwards: ["6000:10.0.0.2:5000"]\n`;

test('an interface that does not route: the first advice opens it for the forward only, and the commands undo nothing else', async () => {
  await lab.sh('client', VIA_HOST);
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.out0.forwarding=0');
  const ask = async (timeout: number) =>
    lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout });
  const [finding] = (await applyFindings(lab, routing('require'))) as readonly [Shown];
  expect(finding).toMatchObject({
    code: 'host/interface-not-routing',
    remedy: expect.stringMatching(
      /^write forwarding: enable, .*; or run: sysctl -w net\.ipv4\.conf\.out0\.forwarding=1; .*; this routes all packets that come in through out0, not only those of forwards; /,
    ) as string,
  });
  expect(await ask(PATIENCE.silence)).toBeNull();
  expect(await applyFindings(lab, routing('enable'))).toEqual([]);
  expect(await ask(PATIENCE.answer)).toMatchObject({ who: 'backend' });
  expect(await direct(PATIENCE.silence)).toBeNull();

  const { stderr } = await lab.portfwd(['down']);
  const [, command = 'false'] = /or run: (sysctl -w [^&]*) && portfwd down/.exec(stderr) ?? [];
  await lab.sh('host', command);
  await lab.portfwd(['down']);
  expect(
    await lab.sh('host', 'sysctl -n net.ipv4.ip_forward net.ipv4.conf.out0.forwarding net.ipv4.conf.in0.forwarding'),
  ).toBe('1\n0\n1');
  expect(await lab.sh('host', 'nft list tables')).toBe('');

  await lab.sh('host', commandOf(finding));
  expect(await applyFindings(lab, routing('require'))).toEqual([]);
  expect(await ask(PATIENCE.answer)).toMatchObject({ who: 'backend' });
});
