import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { HOST, startCountersLab, web, type CountersLab } from './counters-lab.ts';

let flows: CountersLab;
beforeAll(async () => {
  flows = await startCountersLab();
});
afterEach(async () => flows.startOver());
afterAll(async () => flows.lab.stop());

const DAMAGES: readonly (readonly [string, string])[] = [
  ['removed', 'nft delete table inet portfwd_counters'],
  ['without a rule', 'nft flush chain inet portfwd_counters pf_leaving'],
  ['with another rule', 'nft insert rule inet portfwd_counters pf_leaving drop'],
  ['with another chain', 'nft add chain inet portfwd_counters mine'],
  [
    'without a chain',
    'nft flush chain inet portfwd_counters pf_leaving; nft delete chain inet portfwd_counters pf_leaving',
  ],
  [
    'with a set of another type',
    "nft 'add table inet portfwd_counters; delete table inet portfwd_counters; table inet portfwd_counters { set pf_sent4 { type ipv4_addr; }; }'",
  ],
];
test.each(DAMAGES)('the table %s: status and plan say so, all commands work, apply repairs it', async (_, damage) => {
  await flows.apply([web()]);
  await flows.lab.sh('host', damage);
  const readers = ['status', 'plan', 'stats', 'list'];
  expect(await Promise.all(readers.map(async (reader) => flows.lab.portfwd([reader])))).toMatchObject([
    { exitCode: 1, stdout: expect.stringMatching(/^in sync[^]*\ncounters: .*portfwd apply/) },
    { exitCode: 1, stdout: expect.stringContaining('counters') },
    { exitCode: 0 },
    { exitCode: 0 },
  ]);
  await flows.apply([web()]);
  expect(await flows.lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
  expect(await flows.lab.portfwd(['plan'])).toMatchObject({ exitCode: 0 });
  await flows.talkBoth();
  await flows.expectCounted('web', 2);
});

const EMPTY =
  "nft 'delete table inet portfwd_counters; table inet portfwd_counters { set pf_sent4 { type ipv4_addr; }; }'";
test.each([
  ['no table', 'nft delete table inet portfwd_counters'],
  ['a table without chains', EMPTY],
])('with %s, stats says that nothing is counted, and has the sums', async (_, damage) => {
  await flows.apply([web()]);
  await flows.talkBoth();
  await flows.apply([web({ target: '10.0.0.3:5000' })]);
  await flows.lab.sh('host', damage);
  const { stdout, stderr } = await flows.lab.portfwd(['stats']);
  expect(stderr).toMatch(/^note: nothing is counted now/);
  expect(stdout).toMatch(/^web +6000 +2 /m);
});

test('a flush by another program loses only what was not written down', async () => {
  await flows.apply([web()]);
  await flows.talkBoth();
  await flows.apply([web(), { name: 'more', listen: 6001, target: '10.0.0.3' }]);
  await flows.lab.sh('host', 'nft delete table inet portfwd; nft delete table inet portfwd_counters');
  expect((await flows.lab.portfwd(['stats'])).exitCode).toBe(1);
  await flows.apply([web()]);
  await flows.talkBoth();
  await flows.expectCounted('web', 4);
});

test('another program sets the values to 0: the sums stay, and go on', async () => {
  await flows.apply([web()]);
  await flows.talkBoth();
  const before = await flows.witnessed('client');
  await flows.apply([web({ name: 'site' })]);
  await flows.lab.sh('host', 'for set in first4 sent4 replies4; do nft flush set inet portfwd_counters pf_$set; done');
  expect(await flows.usedBy('site')).toMatchObject({ connections: 2, ...before });
  await flows.talk('client', 'udp', HOST, 6000, 1);
  const now = await flows.usedBy('site');
  expect(now?.received.packets).toBeGreaterThanOrEqual(before.received.packets);
  expect(now?.connections).toBeGreaterThanOrEqual(2);
});

/** One place is taken. */
const FILL = `seq 65535 | awk '{ printf "%s tcp . 10.%d.%d.%d . 1", NR == 1 ? "add element inet portfwd_counters pf_sent4 {" : ",", 100 + $1 / 65536, $1 / 256 % 256, $1 % 256 } END { print " }" }' >/run/full.nft`;

test('a full set: packets pass, known places count on, and stats says what is missing', async () => {
  await flows.apply([web(), { name: 'more', listen: 6001, target: '10.0.0.2:5000' }]);
  await flows.talk('client', 'tcp', HOST, 6000);
  await flows.lab.sh('host', `${FILL} && nft -f /run/full.nft`);
  expect((await flows.lab.portfwd(['stats'])).stderr).toMatch(/^note: .* is full/);
  await flows.talk('client', 'tcp', HOST, 6001);
  await flows.talk('client', 'tcp', HOST, 6000);
  expect(await flows.usedBy('web')).toMatchObject({ connections: 2 });
  expect(await flows.usedBy('more')).toMatchObject({ connections: 1, received: { packets: 1 } });
  const more = { name: 'more', listen: 6000, interface: 'in0', target: '10.0.0.2:5001' };
  await flows.apply([web({ interface: 'out0' }), more]);
  expect((await flows.lab.portfwd(['stats'])).stderr, 'it is not in use any more').toBe('');
});

test('the sums cannot be written: the forwards load, and apply says so', async () => {
  await flows.apply([web()]);
  await flows.talkBoth();
  const { stdout } = await flows.lab.portfwd(['stats', '--json']);
  const state = `${flows.lab.directory}/state`;
  await flows.lab.sh('host', `mkdir ${state}/counters.json`);
  const { exitCode, stderr } = await flows.lab.portfwd(
    ['apply', '--allow-removals'],
    JSON.stringify({ version: 1, forwards: [web({ name: 'site' })] }),
  );
  expect(`${exitCode} ${stderr}`).toMatch(/^0 .*counters\.json.*\[state-directory\]/s);
  expect(await flows.lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
  expect((await flows.lab.portfwd(['stats'])).exitCode).toBe(3);
  await flows.lab.sh('host', `rmdir ${state}/counters.json`);
  expect(stdout).toContain('"web"');
});
