import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Stream } from '../lab/agent.ts';
import { ADD_ANY_FLOW } from '../lab/any-flow.ts';
import { at, expectAlive, expectSilent, FAMILIES, modelOf, startFlowsLab, type FlowsLab } from '../lab/flows-lab.ts';
import { PORTFWD_COMMAND, type Machine } from '../lab/lab.ts';

let flows: FlowsLab;
beforeAll(async () => {
  flows = await startFlowsLab();
});
afterEach(async () => flows.clear());
afterAll(async () => flows.lab.stop());

describe.each(FAMILIES)('$family', ({ any, outside, inside, local, client, backend, neighbour }) => {
  const forward = (listen: number, target: string, protocol: string | string[] = ['tcp', 'udp']): object => ({
    protocol,
    listen: at(any, listen),
    target,
  });

  const OURS: readonly [Machine, string, number, string][] = [
    ['client', outside, 7000, 'backend 5000'],
    ['neighbour', inside, 7000, 'backend 5000'],
    ['host', outside, 7000, 'backend 5000'],
  ];
  /** Services of the host, transit, outgoing connections, another program's forward; some go to a target of ours. */
  const OTHERS: readonly [Machine, string, number, string][] = [
    ['client', local, 5000, 'host 5000'],
    ['host', local, 5000, 'host 5000'],
    ['client', backend, 6003, 'backend 6003'],
    ['client', backend, 5001, 'backend 5001'],
    ['host', client, 5000, 'client 5000'],
    ['host', backend, 5001, 'backend 5001'],
    ...(outside.includes(':')
      ? []
      : [['client', outside, 8000, 'neighbour 5000'] as [Machine, string, number, string]]),
  ];

  async function openAll(list: typeof OURS): Promise<{ name: string; stream: Stream; who: string }[]> {
    const open = list.flatMap(([from, to, port, who]) =>
      (['tcp', 'udp'] as const).map(async (protocol) => ({
        name: `${protocol} from ${from} to ${at(to, port)}`,
        stream: await flows.open(from, protocol, to, port),
        who,
      })),
    );
    return Promise.all(open);
  }

  test('apply and down touch only flows of changed and removed forwards', async () => {
    const unchanged = forward(7000, at(backend, 5000));
    await flows.apply([unchanged, forward(6000, at(backend, 5001))]);
    const others = await openAll(OTHERS);
    const theirs = await entries();
    const ours = await openAll(OURS);
    const known = await entries();
    expect(known.length).toBeGreaterThanOrEqual(ours.length + others.length);
    const changed = await flows.open('client', 'udp', outside, 6000);
    await expectAlive(changed, 'backend 5001');
    await flows.apply([forward(6000, at(neighbour, 5001)), forward(9000, at(backend, 5002), 'udp'), unchanged]);
    await expectAlive(changed, 'neighbour 5001');
    await flows.apply([unchanged]);
    await expectSilent(changed);
    await Promise.all([...ours, ...others].map(async ({ stream, who, name }) => expectAlive(stream, who, name)));
    expect(await entries()).toEqual(expect.arrayContaining(known));
    expect(await flows.lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stderr: '' });
    await Promise.all(ours.map(async ({ stream, name }) => expectSilent(stream, name)));
    await Promise.all(others.map(async ({ stream, who, name }) => expectAlive(stream, who, name)));
    expect(await entries()).toEqual(expect.arrayContaining(theirs));
  });

  /** This kernel has no SCTP to send with, but conntrack knows it. */
  test('SCTP entries are deleted with their forward, unless --keep-connections is given', async () => {
    const [gone, stays] = [forward(6000, at(backend, 5000), 'sctp'), forward(7000, at(neighbour, 5000), 'sctp')];
    const family = outside.includes(':') ? 'ipv6' : 'ipv4';
    const ports = async (): Promise<string[]> =>
      (await flows.lab.sh('host', `conntrack -L -p sctp -f ${family} 2>/dev/null`)).match(/dport=[67]000/g) ?? [];
    await flows.apply([gone, stays]);
    await flows.lab.sh(
      'host',
      [`6000 --reply-src ${backend}`, `7000 --reply-src ${neighbour}`]
        .map(
          (entry) =>
            `conntrack -I -p sctp -t 600 --state ESTABLISHED --orig-vtag 1 --reply-vtag 2 -s ${client} -d ${outside} --sport 40000 --reply-dst ${client} --reply-port-src 5000 --reply-port-dst 40000 --dport ${entry}`,
        )
        .join('\n'),
    );
    await flows.apply([stays], '--keep-connections');
    expect(new Set(await ports())).toEqual(new Set(['dport=6000', 'dport=7000']));
    await flows.apply([gone, stays]);
    await flows.apply([stays]);
    expect(await ports()).toEqual(['dport=7000']);
  });
});

/** What names an entry for as long as it lives. */
async function entries(): Promise<string[]> {
  const list = 'for family in ipv4 ipv6; do conntrack -L -f $family -o id 2>/dev/null; done';
  const lines = (await flows.lab.sh('host', list)).split('\n').filter((line) => /^(?:tcp|udp) /.test(line));
  return lines.flatMap((line) => / id=\d+/.exec(line) ?? []);
}

test('without conntrack the forwards are loaded, and a warning names those whose flows may linger', async () => {
  const other = { name: 'other', listen: 7000, target: '10.0.0.2:5000' };
  await flows.apply([{ name: 'web', listen: 6000, target: '10.0.0.2:5000' }, other]);
  const { lab } = flows;
  await lab.sh('host', ADD_ANY_FLOW.join(' '));
  lab.writeModel(modelOf([{ name: 'web', listen: 6000, target: '10.0.0.3:5000' }, other]));
  const script = [
    ...Object.entries(lab.env).map(([name, value]) => `export ${name}=${value}`),
    `mkdir ${lab.directory}/sbin`,
    `cp /usr/sbin/nft ${lab.directory}/sbin/`,
    `mount --bind ${lab.directory}/sbin /usr/sbin`,
    `exec ${PORTFWD_COMMAND.join(' ')} apply 2>&1`,
  ];
  const said = await lab.sh('host', script.join('\n'));
  expect(said).toContain('2 forwards loaded');
  expect(said).toMatch(/\bweb\b.*conntrack is not installed/);
  expect(said.replaceAll(/^.*: note: .*$/gm, '')).not.toMatch(/\bother\b/);
  expect((await lab.portfwd(['status'])).stdout).toContain('in sync');
});
