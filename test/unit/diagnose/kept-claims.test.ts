import { describe, expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.ts';
import type { Observations, ObservedSocket } from '../../../src/diagnose/observations.ts';
import { isError } from '../../../src/finding/finding.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';
import { QUIET } from '../../support/observations.ts';

const socket = (address: string, port = 80): ObservedSocket => ({
  protocol: 'tcp',
  address,
  port,
  process: undefined,
});

/** `error` or `warning`: how severe the worst finding is, after these forwards were kept. */
function severity(kept: string | readonly string[], now: string, seen: Partial<Observations>): string {
  const found = diagnose(
    modelOf(fileOf(now)),
    GATEWAY,
    { ...QUIET, ...seen },
    kept === '' ? undefined : modelOf(fileOf(...[kept].flat())),
  ).filter(({ code }) => code === 'host/listener-covered' || code === 'host/session-covered');
  if (found.length === 0) return 'none';
  return found.some(isError) ? 'error' : 'warning';
}

const ONE = '{listen: "192.0.2.1:80", target: 10.0.0.9}';
const ALL = '{listen: 80, target: 10.0.0.9}';

describe('a socket on every address', () => {
  test.each([
    ['nothing was kept', '', ONE, 'error'],
    ['the same forward', ONE, ONE, 'warning'],
    ['another name and target', ONE, '{name: other, listen: "192.0.2.1:80", target: 10.0.0.8}', 'warning'],
    ['one address of all', ALL, ONE, 'warning'],
    ['all addresses after one', ONE, ALL, 'error'],
    ['another address', '{listen: "192.0.2.2:80", target: 10.0.0.9}', ONE, 'error'],
    ['another port', '{listen: "192.0.2.1:81", target: 10.0.0.9}', ONE, 'error'],
    ['a port of a range', '{listen: 70-90, target: 10.0.0.9}', ALL, 'warning'],
    ['it was switched off', '{listen: 80, target: 10.0.0.9, enabled: false}', ALL, 'error'],
    ['it was of the other family', '{listen: "[::]:80", target: "[2001:db8::9]"}', ALL, 'error'],
    ['it was of one interface', '{listen: 80, target: 10.0.0.9, interface: wan0}', ALL, 'error'],
    [
      'one interface of two',
      '{listen: 80, target: 10.0.0.9, interface: [wan0, lan0]}',
      '{listen: 80, target: 10.0.0.9, interface: lan0}',
      'warning',
    ],
    ['the addresses of an interface', '{listen: "wan0:80", target: 10.0.0.9}', ALL, 'error'],
    ['127.0.0.1 as well', ALL, '{listen: 80, target: 10.0.0.9, loopback: true}', 'error'],
    ['127.0.0.1 no more', '{listen: 80, target: 10.0.0.9, loopback: true}', ALL, 'warning'],
    [
      'it went to the socket itself',
      '{listen: "192.0.2.1:80", target: "192.0.2.1:80", from: 192.0.2.0/24}',
      ONE,
      'error',
    ],
  ])('%s', (_, kept, now, expected) => {
    expect(severity(kept, now, { sockets: [socket('0.0.0.0')] })).toBe(expected);
  });
});

test('two forwards of one interface each are as one of both', () => {
  const two = ['wan0', 'lan0'].map((name) => `{name: ${name}, listen: 80, target: 10.0.0.9, interface: ${name}}`);
  const both = '{listen: 80, target: 10.0.0.9, interface: [wan0, lan0]}';
  expect(severity(two, both, { sockets: [socket('0.0.0.0')] })).toBe('warning');
});

test('a socket on one address is hidden by a listen on every address, and by one on this address', () => {
  expect(severity(ONE, ALL, { sockets: [socket('192.0.2.1')] })).toBe('warning');
  expect(severity(ONE, ALL, { sockets: [socket('10.0.0.1')] })).toBe('error');
});

test('one socket was hidden, and another one is now', () => {
  expect(
    severity(ALL, '{listen: 80-81, target: 10.0.0.9}', { sockets: [socket('0.0.0.0'), socket('0.0.0.0', 81)] }),
  ).toBe('error');
});

describe('the port of the SSH session', () => {
  const session = { address: '192.0.2.1', port: 80, client: '198.51.100.7' };
  const admitting = '{listen: "192.0.2.1:80", target: "192.0.2.1:80", from: 198.51.100.0/24}';
  const refusing = '{listen: "192.0.2.1:80", target: "192.0.2.1:80", from: 203.0.113.0/24}';
  test.each([
    ['nothing was kept', '', ONE, 'error'],
    ['the same forward', ONE, ONE, 'warning'],
    ['all addresses after one', ONE, ALL, 'error'],
    ['its client was refused before', refusing, refusing, 'warning'],
    ['its client was refused before, and goes elsewhere now', refusing, ONE, 'warning'],
    ['its client was admitted before', admitting, refusing, 'error'],
  ])('%s', (_, kept, now, expected) => {
    expect(severity(kept, now, { session, sockets: [socket('0.0.0.0')] })).toBe(expected);
  });
});

test('what was decided says so, and does not ask to force anything', () => {
  const [finding] = diagnose(
    modelOf(fileOf(ONE)),
    GATEWAY,
    { ...QUIET, sockets: [socket('0.0.0.0')] },
    modelOf(fileOf(ONE)),
  );
  expect(finding).toMatchObject({
    code: 'host/listener-covered',
    severity: 'warning',
    message:
      'forward tcp-192.0.2.1-80 hides tcp 0.0.0.0:80, as the forwards that were kept last do: clients reach its target instead of the process that listens there',
    remedy: expect.not.stringContaining('--force'),
  });
});
