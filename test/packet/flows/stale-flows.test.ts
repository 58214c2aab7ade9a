import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Protocol, Stream } from '../lab/agent.ts';
import {
  at,
  expectAlive,
  expectMoved,
  expectSilent,
  FAMILIES,
  startFlowsLab,
  type FlowsLab,
} from '../lab/flows-lab.ts';
import type { Machine } from '../lab/lab.ts';

let flows: FlowsLab;
beforeAll(async () => {
  flows = await startFlowsLab();
});
afterEach(async () => flows.clear());
afterAll(async () => flows.lab.stop());

interface Change {
  readonly name: string;
  readonly from: Machine;
  readonly listen: number | string;
  /** Of the listen's, where these are several. */
  readonly port?: number;
  readonly before: string;
  readonly was: string;
  readonly after: string;
  readonly is: string;
}

async function openAll(
  protocol: Protocol,
  to: string,
  changes: readonly Change[],
): Promise<(Change & { readonly stream: Stream })[]> {
  const open = changes.map(async (change) => ({
    ...change,
    name: `${change.name}, ${protocol}`,
    stream: await flows.open(change.from, protocol, to, change.port ?? Number(change.listen)),
  }));
  return Promise.all(open);
}

describe.each(FAMILIES)('$family', ({ any, outside, local, client, backend, neighbour }) => {
  const forward = (listen: string | number, target: string): object => ({
    protocol: ['tcp', 'udp'],
    listen: at(any, listen),
    target,
  });

  const toBackend = { from: 'client', before: at(backend, 5000), was: 'backend 5000' } as const;
  const toHost = { from: 'client', before: at(local, 5000), was: 'host 5000' } as const;
  const toNeighbour = { after: at(neighbour, 5000), is: 'neighbour 5000' } as const;
  const CHANGES: readonly Change[] = [
    { name: 'another machine', listen: 7000, ...toBackend, ...toNeighbour },
    { name: 'another machine, for the host itself', listen: 7001, ...toBackend, from: 'host', ...toNeighbour },
    { name: 'another port', listen: 7002, ...toBackend, after: at(backend, 5001), is: 'backend 5001' },
    { name: 'this host', listen: 7003, ...toBackend, after: at(local, 5000), is: 'host 5000' },
    {
      name: 'this host, for a neighbour',
      listen: 7004,
      ...toBackend,
      from: 'neighbour',
      after: at(local, 5000),
      is: 'host 5000',
    },
    { name: 'a machine from this host', listen: 7005, ...toHost, after: at(backend, 5000), is: 'backend 5000' },
    { name: 'another port of this host', listen: 7006, ...toHost, after: at(local, 5001), is: 'host 5001' },
    {
      name: 'another machine, the same port',
      ...toBackend,
      listen: 6003,
      before: at(backend),
      was: 'backend 6003',
      after: at(neighbour),
      is: 'neighbour 6003',
    },
    {
      name: 'another machine, in a range',
      ...toBackend,
      listen: '6010-6012',
      port: 6011,
      before: at(backend),
      was: 'backend 6011',
      after: at(neighbour),
      is: 'neighbour 6011',
    },
    {
      name: 'a shifted range',
      ...toBackend,
      listen: '6020-6022',
      port: 6021,
      before: at(backend),
      was: 'backend 6021',
      after: at(backend, '5000-5002'),
      is: 'backend 5001',
    },
  ];

  test('the target changes: datagrams from one port move, connections end, new ones reach the new target', async () => {
    await flows.apply(CHANGES.map(({ listen, before }) => forward(listen, before)));
    const connections = await openAll('tcp', outside, CHANGES);
    const datagrams = await openAll('udp', outside, CHANGES);
    await Promise.all(
      [...connections, ...datagrams].map(async ({ stream, was, name }) => expectAlive(stream, was, name)),
    );
    await flows.apply(CHANGES.map(({ listen, after }) => forward(listen, after)));
    await Promise.all(datagrams.map(async ({ stream, is, name }) => expectMoved(stream, is, name)));
    await Promise.all(connections.map(async ({ stream, name }) => expectSilent(stream, name)));
    const again = await openAll('tcp', outside, CHANGES);
    await Promise.all(again.map(async ({ stream, is, name }) => expectAlive(stream, is, name)));
  });

  test.each(['client', 'host', 'neighbour'] as const)(
    'datagrams of the %s that are older than the forward move to its target',
    async (from) => {
      const datagrams = await flows.open(from, 'udp', outside, 6000);
      expect((await datagrams.heard()).answers).toEqual([]);
      await flows.apply([forward(6000, at(backend, 5000))]);
      await expectMoved(datagrams, 'backend 5000');
    },
  );

  test('datagrams that a service of the host answered move to a new forward', async () => {
    const datagrams = await flows.open('client', 'udp', local, 5000);
    await expectAlive(datagrams, 'host 5000');
    await flows.apply([forward(5000, at(backend, 5001))]);
    await expectMoved(datagrams, 'backend 5001');
  });

  /** An answer under way when the entry goes begins a flow the other way round, which leads past the forward again. */
  test('so do those of a slow service of the host', async () => {
    // portfwd waits a little for answers on their way. A machine too busy to send them in that time shows nothing.
    for (let attempt = 1; ; attempt += 1) {
      const open = Array.from({ length: 8 }, async () => flows.open('client', 'udp', local, 5005));
      const datagrams = await Promise.all(open);
      await Promise.all(datagrams.map(async (stream) => expectAlive(stream, 'host 5005')));
      await flows.lab.agents.host.lateness();
      await flows.apply([forward(5005, at(backend, 5001))]);
      const moved = datagrams.map(async (stream) => expectMoved(stream, 'backend 5001'));
      const fault = (await Promise.allSettled(moved)).find((result) => result.status === 'rejected');
      if (fault === undefined) return;
      if (attempt === 10 || (await flows.lab.agents.host.lateness()) < 40) throw fault.reason;
      await flows.clear();
    }
  });

  test.each(['apply', 'down'] as const)('after %s no connection of a removed forward is alive', async (command) => {
    const kept = forward(8001, at(backend, 5001));
    await flows.apply([...CHANGES.map(({ listen, before }) => forward(listen, before)), kept]);
    const connections = await openAll('tcp', outside, CHANGES);
    const datagrams = await openAll('udp', outside, CHANGES);
    const other = await flows.open('client', 'tcp', outside, 8001);
    await Promise.all(
      [...connections, ...datagrams].map(async ({ stream, was, name }) => expectAlive(stream, was, name)),
    );
    if (command === 'apply') await flows.apply([kept]);
    else expect(await flows.lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stderr: '' });
    await Promise.all([...connections, ...datagrams].map(async ({ stream, name }) => expectSilent(stream, name)));
    if (command === 'apply') await expectAlive(other, 'backend 5001');
    else await expectSilent(other);
  });

  test('a range that loses ports loses only the flows of these ports', async () => {
    await flows.apply([forward('7000-7002', at(backend, '5000-5002'))]);
    const first = await flows.open('client', 'tcp', outside, 7000);
    const last = await flows.open('client', 'tcp', outside, 7002);
    await flows.apply([forward('7000-7001', at(backend, '5000-5001'))]);
    await expectAlive(first, 'backend 5000');
    await expectSilent(last);
  });

  test('a client that may no longer use a forward loses its flows; other clients and the host keep theirs', async () => {
    const narrow = { ...forward(6000, at(backend, 5000)), from: neighbour };
    await flows.apply([forward(6000, at(backend, 5000))]);
    const open = async (from: Machine) =>
      Promise.all((['tcp', 'udp'] as const).map(async (protocol) => flows.open(from, protocol, outside, 6000)));
    const [denied, allowed, own] = await Promise.all([open('client'), open('neighbour'), open('host')]);
    await flows.apply([narrow]);
    await Promise.all(denied.map(async (stream) => expectSilent(stream)));
    await Promise.all([...allowed, ...own].map(async (stream) => expectAlive(stream, 'backend 5000')));
    await flows.apply([{ ...narrow, from: [client, neighbour] }]);
    const [, datagrams] = denied;
    if (datagrams !== undefined) await expectAlive(datagrams, 'backend 5000');
    await Promise.all(allowed.map(async (stream) => expectAlive(stream, 'backend 5000')));
  });

  test('datagrams that a forward sent to the same port as the original one end too', async () => {
    await flows.apply([forward(5000, at(local))]);
    const denied = await flows.open('client', 'udp', local, 5000);
    const allowed = await flows.open('neighbour', 'udp', local, 5000);
    await expectAlive(denied, 'host 5000');
    await flows.apply([{ ...forward(5000, at(local)), from: neighbour }]);
    await expectSilent(denied);
    await expectAlive(allowed, 'host 5000');
  });

  test('--keep-connections keeps TCP connections and moves UDP flows', async () => {
    await flows.apply([forward(6000, at(backend, 5000))]);
    const connection = await flows.open('client', 'tcp', outside, 6000);
    const datagrams = await flows.open('client', 'udp', outside, 6000);
    await flows.apply([forward(6000, at(neighbour, 5000))], '--keep-connections');
    await expectMoved(datagrams, 'neighbour 5000');
    await expectAlive(connection, 'backend 5000');
    await expectAlive(await flows.open('client', 'tcp', outside, 6000), 'neighbour 5000');
  });
});
