import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from '../lab/lab.ts';
import { answered, doctor, onHost, runAll } from './doctor-lab.ts';
import { SOUND, type Sound } from './sound-setups.ts';

const FORWARDS = `version: 1
forwards:
- {name: web, listen: 6000, target: "10.0.0.2:5000"}
- {name: dns, protocol: udp, listen: 6001, target: "10.0.0.2:5000"}
- {name: local, listen: "203.0.113.1:6002", target: "192.168.0.2:5002"}
- {name: own, listen: 6003, interface: out0, target: "10.0.0.2:5000", from: [203.0.113.0/24]}
`;

let lab: Lab;
let quiet = 0;
beforeAll(async () => {
  lab = await startLab();
  await execa('sh', [
    '-ec',
    `ip link add out1 netns host type veth peer name eth1 netns client
     ip link add tun0 netns host type veth peer name tun0 netns backend`,
  ]);
  await runAll(lab, {
    client: 'ip address add 198.51.100.7/24 dev eth1; ip link set eth1 up',
    host: 'ip address add 198.51.100.1/24 dev out1; ip link set out1 up; ip address add 10.8.0.1/24 dev tun0; ip link set tun0 up',
    backend:
      'ip address add 10.8.0.2/24 dev tun0; ip link set tun0 up; ip rule add from 10.8.0.2 to 203.0.113.0/24 prohibit priority 500',
  });
  const { backend, host } = lab.agents;
  await Promise.all([
    backend.serve({ protocol: 'tcp', address: '0.0.0.0', port: 5000 }),
    backend.serve({ protocol: 'udp', address: '10.0.0.2', port: 5000 }),
    host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5002 }),
  ]);
});
afterAll(async () => {
  console.log(`no false alarm: ${quiet} of ${SOUND.length}`);
  await lab.stop();
});

let current: Sound | undefined;
afterEach(async () => {
  await onHost(
    lab,
    'iptables -P FORWARD ACCEPT; iptables -P INPUT ACCEPT; iptables -P OUTPUT ACCEPT; nft flush ruleset',
  );
  await runAll(lab, current?.undo ?? {});
});

test.each(SOUND)('$name', async (sound) => {
  current = sound;
  const { before = {}, setup = {}, extra = '' } = sound;
  await runAll(lab, before);
  lab.writeModel(`${FORWARDS}${extra}\n`);
  await onHost(lab, 'portfwd apply');
  await runAll(lab, setup);
  const [{ forwards, host }, ...answers] = await Promise.all([
    doctor(lab),
    answered(lab, {}),
    answered(lab, { port: 6001, protocol: 'udp' }),
    answered(lab, { port: 6002 }),
    answered(lab, { port: 6003 }),
  ]);
  expect(answers).toEqual(['backend', 'backend', 'host', 'backend']);
  const alarms = [...forwards.flatMap(({ causes }) => causes), ...host].filter(({ level }) => level === 'fault');
  expect(alarms).toEqual([]);
  expect(forwards[0]?.causes.map(({ code }) => code)).toEqual(sound.notes ?? []);
  quiet += 1;
});
