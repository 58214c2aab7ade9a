import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { startFirewalld, unpackUfw, type Unpacked } from '../lab/unpacked.ts';
import { answered, doctor, onHost } from './doctor-lab.ts';

const MODEL = `version: 1
forwards:
- {name: web, listen: 6000, target: "10.0.0.2:5000"}
- {name: dns, protocol: udp, listen: 6001, target: "10.0.0.2:5000"}
- {name: own, listen: 6002, target: "192.168.0.2:5002"}
- {name: away, listen: 6003, target: "10.0.0.77:5000"}
- {name: closed, listen: 6004, target: "10.0.0.2:5998"}
`;
const WORKING = [{ port: 6000 }, { port: 6001, protocol: 'udp' }, { port: 6002 }] as const;

let lab: Lab;
let program: Unpacked | undefined;
beforeAll(async () => {
  lab = await startLab();
  const { backend, host } = lab.agents;
  await Promise.all([
    backend.serve({ protocol: 'tcp', address: '0.0.0.0', port: 5000 }),
    backend.serve({ protocol: 'udp', address: '10.0.0.2', port: 5000 }),
    host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5002 }),
  ]);
});
beforeEach(async () => {
  lab.writeModel(MODEL);
  await onHost(lab, 'portfwd apply');
});
afterEach(async () => {
  await program?.stop();
  program = undefined;
  await onHost(lab, 'nft flush ruleset');
});
afterAll(async () => lab.stop());

const answers = async (timeout: number) => Promise.all(WORKING.map(async (request) => answered(lab, request, timeout)));

/** The fault that is named first, of each forward. */
async function faults(): Promise<Record<string, string | undefined>> {
  const { forwards } = await doctor(lab);
  return Object.fromEntries(
    forwards.map(({ name, causes }) => [name, causes.find(({ level }) => level === 'fault')?.code]),
  );
}

/** Runs the command for the first cause of each of these forwards. */
async function fix(...names: readonly string[]): Promise<void> {
  const { forwards } = await doctor(lab, ...names);
  const commands = forwards.map(({ causes, name }) => causes[0]?.commands[0] ?? `echo ${name} >&2; false`);
  for (const command of new Set(commands)) await program?.run(command);
}

const HIDDEN = { away: 'neighbour-silent', closed: 'port-refused' };
const DROPPED = { web: 'dropped', dns: 'dropped', own: 'dropped', away: 'dropped', closed: 'dropped' };

test('ufw drops everything, and then admits what doctor prints', async () => {
  program = await unpackUfw();
  await program.run('ufw --force enable');
  expect(await answers(PATIENCE.silence)).toEqual([undefined, undefined, undefined]);
  expect(await faults()).toEqual(DROPPED);
  await fix(...Object.keys(DROPPED));
  expect(await answers(PATIENCE.answer)).toEqual(['backend', 'backend', 'host']);
  expect(await faults()).toEqual(HIDDEN);
  await program.run('ufw reload');
  expect(await faults()).toEqual(HIDDEN);
});

test('firewalld admits what was translated, and its panic mode drops everything', async () => {
  program = await startFirewalld();
  expect(await answers(PATIENCE.answer)).toEqual(['backend', 'backend', 'host']);
  expect(await faults()).toEqual(HIDDEN);
  await program.run('firewall-cmd --panic-on');
  expect(await answers(PATIENCE.silence)).toEqual([undefined, undefined, undefined]);
  expect(new Set(Object.values(await faults()))).toEqual(new Set(['dropped-before']));
  await fix('web');
  expect(await answers(PATIENCE.answer)).toEqual(['backend', 'backend', 'host']);
  expect(await faults()).toEqual(HIDDEN);
});
