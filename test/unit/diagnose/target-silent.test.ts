import { expect, test } from 'vitest';
import { codesOf, diagnosed } from '../../support/observations.ts';

const APP = '{name: app, listen: [6000, 6001], protocol: [tcp, udp], target: "127.0.0.1:5000", loopback: true}';
const socket = (protocol: 'tcp' | 'udp', address: string, port = 5000) => ({
  protocol,
  address,
  port,
  process: undefined,
});

test('one note, with all targets and forwards', () => {
  const again = '{name: again, listen: 7000, target: "127.0.0.1:5000", loopback: true}';
  expect(diagnosed([APP, again], { sockets: [socket('udp', '127.0.0.1')] })).toEqual([
    {
      code: 'host/target-silent',
      message: 'nothing listens on tcp 127.0.0.1:5000 now, so clients of forwards app and again get no answer there',
      remedy: 'start the service, or write the address and port where it listens; ss -lntu lists them',
      path: ['forwards', 0, 'target'],
    },
  ]);
});

test('thousands of targets have one short note', () => {
  const items = Array.from(
    { length: 5000 },
    (_, index) => `{listen: ${10_000 + index}, target: "127.0.0.1:${20_000 + index}", loopback: true}`,
  );
  const [note, ...more] = diagnosed(items, {});
  expect(more).toEqual([]);
  expect(note?.message.length).toBeLessThan(400);
});

test.each(['127.0.0.1', '0.0.0.0', '::'])('no note if a process listens on %s', (address) => {
  expect(diagnosed([APP], { sockets: [socket('tcp', address), socket('udp', address)] })).toEqual([]);
});

test.each([socket('tcp', '127.0.0.2'), socket('tcp', '127.0.0.1', 5001), socket('tcp', '10.0.0.1')])(
  'a process that listens elsewhere does not count: %o',
  (elsewhere) => {
    const sockets = [socket('udp', '0.0.0.0'), elsewhere];
    expect(codesOf(diagnosed([APP], { sockets }))).toEqual(['host/target-silent']);
  },
);

test('of a range, one port that is served is enough', () => {
  const range = '{listen: 6000-6003, target: "127.0.0.1:5000-5003", loopback: true}';
  expect(diagnosed([range], { sockets: [socket('tcp', '127.0.0.1', 5002)] })).toEqual([]);
});

test('targets with other addresses have no note', () => {
  expect(codesOf(diagnosed(['{listen: 6000, target: "10.0.0.1:5000"}'], {}))).not.toContain('host/target-silent');
});
