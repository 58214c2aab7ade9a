import { expect, test } from 'vitest';
import { ACCEPT, REJECT, TRANSLATED } from '../../support/nft-json.ts';
import { diagnosed, iptables, nftTable } from '../../support/observations.ts';

const WEB = '{name: web, listen: 80, target: "10.0.0.9:8080"}';
const POLICY = ['-P FORWARD DROP', '-P INPUT DROP'];

const remedies = (table: Parameters<typeof iptables>[1], ...lines: string[]) =>
  diagnosed([WEB, '{name: dns, protocol: [tcp, udp], listen: 53, target: 10.0.0.8}'], {
    tables: [iptables([...POLICY, ...lines], table)],
  }).map(({ remedy }) => remedy.replace(/;.*/, ''));

test('the command is for the program that manages the chain', () => {
  expect(remedies({})).toEqual(['run: iptables -I FORWARD -m conntrack --ctstate DNAT -j ACCEPT']);
  expect(remedies({ command: 'iptables-legacy' })).toEqual([
    'run: iptables-legacy -I FORWARD -m conntrack --ctstate DNAT -j ACCEPT',
  ]);
  expect(remedies({ name: 'mangle' })).toEqual([
    'run: iptables -t mangle -I FORWARD -m conntrack --ctstate DNAT -j ACCEPT',
  ]);
  expect(remedies({}, '-N DOCKER-USER')).toEqual([
    'run: iptables -I DOCKER-USER -m conntrack --ctstate DNAT -j ACCEPT',
  ]);
  expect(remedies({}, '-N ufw-user-forward')).toEqual([
    'run: ufw route allow proto tcp to 10.0.0.9 port 8080 && ufw route allow proto tcp to 10.0.0.8 port 53 && ufw route allow proto udp to 10.0.0.8 port 53',
  ]);
});

test('without the program iptables, nft still knows the chain and the command', () => {
  const table = {
    ...nftTable({ name: 'FORWARD', policy: 'drop' }, { FORWARD: [[{ xt: null }, ACCEPT]] }, 'ip'),
    name: 'filter',
  };
  const [finding] = diagnosed([WEB], { tables: [table] });
  expect(finding?.remedy).toMatch(/^run: iptables -I FORWARD /);
  expect(diagnosed([WEB], { tables: undefined })).toEqual([]);
});

test('the remedy for firewalld is to switch strict mode off', () => {
  const table = {
    ...nftTable({ policy: 'accept' }, { base: [[TRANSLATED, REJECT]] }),
    name: 'firewalld',
  };
  expect(diagnosed([WEB], { tables: [table] })[0]?.remedy).toContain('StrictForwardPorts=no');
});

test('a name that nft would read as syntax is not in a command', () => {
  const tables = [{ ...nftTable({ policy: 'drop' }, { base: [] }), name: 'fw; flush ruleset' }];
  expect(diagnosed([WEB], { tables })[0]?.remedy).toMatch(/^insert the rule "ct status dnat accept" at the top/);
});

test('the rule for libvirt belongs in a hook', () => {
  const tables = [{ ...nftTable({ policy: 'drop' }, { base: [] }, 'ip'), name: 'libvirt_network' }];
  expect(diagnosed([WEB], { tables })[0]?.remedy).toContain('hook /etc/libvirt/hooks/network');
});

test('a rule of ufw also opens what the forward goes to', () => {
  const [finding] = diagnosed([WEB], { tables: [iptables([...POLICY, '-N ufw-user-forward'])] });
  expect(finding?.remedy).toContain('this also lets clients reach the targets without the forward');
});
