import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { conntrackBy } from '../../../src/host/conntrack/conntrack.ts';
import { Failure } from '../../../src/failure/failure.ts';
import type { Flow } from '../../../src/flows/flow.ts';
import type { Selector } from '../../../src/flows/selectors.ts';
import type { Outcome, RunOptions } from '../../../src/host/process/run.ts';

const outcome = (exitCode: number, stdout = '', stderr = ''): Outcome => ({
  exitCode,
  signal: undefined,
  timedOut: false,
  stdout,
  stderr,
});

const NONE = outcome(1, '', 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n');
const VANISHED = outcome(1, 'udp …\n', "conntrack v1.4.7: Operation failed: such conntrack doesn't exist\n");
const NO_BATCH = outcome(2, '', "conntrack v1.4.6 (conntrack-tools): unknown option `-R'\n");
const DENIED = outcome(1, '', 'Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this\n');

/** A conntrack that answers as told, and what it was asked: arguments, or the lines of a batch. */
function fake(answer: (asked: readonly string[], time: number) => Outcome) {
  const asked: string[][] = [];
  const conntrack = conntrackBy(async (tool, args, options?: RunOptions) => {
    expect(tool).toBe('conntrack');
    const lines = (options?.descriptors ?? []).flatMap((descriptor) =>
      readFileSync(`/proc/self/fd/${descriptor}`, 'utf8').trim().split('\n'),
    );
    asked.push([args.join(' '), ...lines]);
    return answer(args, asked.length);
  });
  return { conntrack, asked };
}

const listen = (destinationPort: number): Selector => ({
  family: 'ip',
  protocol: 'udp',
  destination: '203.0.113.1',
  destinationPort,
  replySource: '10.0.0.2',
});

const LINE = '-D -f ipv4 -p udp --orig-dst 203.0.113.1 --orig-port-dst 6000 --reply-src 10.0.0.2 -w 0';

test('both families are listed', async () => {
  const { conntrack, asked } = fake((args) =>
    args.includes('ipv4')
      ? outcome(
          0,
          'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1\n',
        )
      : outcome(0),
  );
  expect(await conntrack.dump()).toMatchObject([{ source: '1.2.3.4', destinationPort: 2 }]);
  expect(asked).toEqual([['-L -f ipv4 -o extended,id'], ['-L -f ipv6 -o extended,id']]);
});

test('a table without entries is not listed', async () => {
  const notAsked = conntrackBy(
    async () => Promise.reject(new Error('conntrack ran')),
    () => true,
  );
  expect(await notAsked.dump()).toEqual([]);
});

test('one selector is one process, and an entry that ended by itself is not an error', async () => {
  const { conntrack, asked } = fake(() => NONE);
  expect(await conntrack.remove([listen(6000)])).toBe(0);
  expect(asked).toEqual([[LINE]]);
});

test('several are one batch in a file', async () => {
  const { conntrack, asked } = fake(() => outcome(0, 'udp …\nudp …\nudp …\n'));
  expect(await conntrack.remove([listen(6000), listen(6001)])).toBe(3);
  expect(asked).toEqual([['-R /proc/self/fd/3', LINE, LINE.replace('6000', '6001')]]);
});

test('a batch that an entry broke by ending is tried again', async () => {
  const { conntrack, asked } = fake((_, time) => (time < 3 ? VANISHED : outcome(0, 'udp …\n')));
  expect(await conntrack.remove([listen(6000), listen(6001)])).toBe(3);
  expect(asked).toHaveLength(3);
});

test('a conntrack without batches is started for each', async () => {
  const { conntrack, asked } = fake((args) => (args[0] === '-R' ? NO_BATCH : outcome(0, 'udp …\n')));
  expect(await conntrack.remove([listen(6000), listen(6001)])).toBe(2);
  expect(asked.slice(1)).toEqual([[LINE], [LINE.replace('6000', '6001')]]);
});

test('the zone is part of the name', async () => {
  const { conntrack, asked } = fake(() => NONE);
  await conntrack.remove([{ ...listen(6000), zone: 7 }]);
  await conntrack.remove([{ ...listen(6000), originalZone: 5 }]);
  await conntrack.remove([{ ...listen(6000), originalZone: 5, replyZone: 6 }]);
  expect(asked).toEqual([
    [LINE.replace('-w 0', '-w 7')],
    [LINE.replace('-w 0', '--orig-zone 5')],
    [LINE.replace('-w 0', '--orig-zone 5 --reply-zone 6')],
  ]);
});

test.each([
  ['permission', DENIED],
  ['tool-failed', outcome(1, '', 'Operation failed: Device or resource busy')],
  ['tool-failed', outcome(0, 'nonsense\n')],
])('a %s is told', async (reason, answer) => {
  const { conntrack } = fake(() => answer);
  const told = await conntrack.dump().catch((error: unknown) => error);
  expect(told).toBeInstanceOf(Failure);
  expect(told).toMatchObject({ reason });
  if (answer.exitCode !== 0) await expect(conntrack.remove([listen(1)])).rejects.toMatchObject({ reason });
  if (answer.exitCode !== 0) await expect(conntrack.remove([listen(1), listen(2)])).rejects.toMatchObject({ reason });
});

test('nothing to delete starts nothing', async () => {
  const { conntrack, asked } = fake(() => NONE);
  expect(await conntrack.remove([])).toBe(0);
  expect(asked).toEqual([]);
});

test('an answer of perl that is not a number is not taken for a count', async () => {
  const conntrack = conntrackBy(async () => outcome(0, 'x'));
  const flow = { ...listen(53), source: '192.0.2.9', destination: '203.0.113.1', sourcePort: 1, destinationPort: 2 };
  await expect(conntrack.removeEach([flow as unknown as Flow])).rejects.toMatchObject({ reason: 'tool-failed' });
});
