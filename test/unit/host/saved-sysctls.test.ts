import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisNetwork } from '../../../src/host/state/network.ts';
import { readSaved } from '../../../src/host/state/saved-sysctls.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portfwd-sysctls-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('damaged lines are left out, and the others count', () => {
  const lines = [
    'net/ipv4/ip_forward',
    'net/ipv4/ip_forward ',
    'net/ipv4/ip_forward x',
    'net/../kernel/panic 1',
    'net/\0ipv4 1',
  ];
  const good = 'net/ipv4/conf/eth0.7/forwarding 0';
  const text = [...lines, good, 'kernel/panic 1', '', '/ 1'].map((line) => `${thisNetwork()} ${line}\n`).join('');
  writeFileSync(join(directory, 'sysctls'), `\u0000\n${text}`, { mode: 0o600 });
  expect(readSaved(directory)).toEqual({ 'net/ipv4/conf/eth0.7/forwarding': '0' });
});
