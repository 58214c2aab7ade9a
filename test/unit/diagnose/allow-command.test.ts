import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ACCEPT, REJECT, TRANSLATED } from '../../support/nft-json.ts';
import { diagnosed, iptables, nftTable } from '../../support/observations.ts';

const WEB = '{name: web, listen: 80, target: "10.0.0.9:8080"}';
const POLICY = ['-P FORWARD DROP', '-P INPUT DROP'];

/** The commands for the forwards web and dns. */
const allow = (command: string): string =>
  `run: ${['tcp 10.0.0.9 8080', 'tcp 10.0.0.8 53', 'udp 10.0.0.8 53']
    .map((target) => target.split(' '))
    .map(
      ([protocol, address, port]) =>
        `${command} -p ${protocol} -m conntrack --ctstate DNAT --ctreplsrc ${address} --ctreplsrcport ${port} -j ACCEPT`,
    )
    .join(' && ')}`;

const remedies = (table: Parameters<typeof iptables>[1], ...lines: string[]) =>
  diagnosed([WEB, '{name: dns, protocol: [tcp, udp], listen: 53, target: 10.0.0.8}'], {
    tables: [iptables([...POLICY, ...lines], table)],
  }).map(({ remedy }) => remedy.replace(/;.*/, ''));

test('the command is for the program that manages the chain', () => {
  expect(remedies({})).toEqual([allow('iptables -I FORWARD')]);
  expect(remedies({ command: 'iptables-legacy' })).toEqual([allow('iptables-legacy -I FORWARD')]);
  expect(remedies({ name: 'mangle' })).toEqual([allow('iptables -t mangle -I FORWARD')]);
  expect(remedies({}, '-N DOCKER-USER')).toEqual([allow('iptables -I DOCKER-USER')]);
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

test.each(['StrictForwardPorts=yes', 'StrictForwardPorts = Yes', ' StrictForwardPorts=true'])(
  'the command for firewalld sets what the file has: %s',
  (line) => {
    const table = { ...nftTable({ policy: 'accept' }, { base: [[TRANSLATED, REJECT]] }), name: 'firewalld' };
    const [, edit = ''] = /'(s\/[^']*)'/.exec(diagnosed([WEB], { tables: [table] })[0]?.remedy ?? '') ?? [];
    expect(execFileSync('sed', [edit], { input: `a=1\n${line}\nb=2\n`, encoding: 'utf8' })).toBe(
      'a=1\nStrictForwardPorts=no\nb=2\n',
    );
  },
);

test('a name that nft would read as syntax is not in a command', () => {
  const tables = [{ ...nftTable({ policy: 'drop' }, { base: [] }), name: 'fw; flush ruleset' }];
  expect(diagnosed([WEB], { tables })[0]?.remedy).toMatch(
    /^insert the rule "ct status dnat meta l4proto tcp ct reply ip saddr 10.0.0.9 ct reply proto-src 8080 accept" at the top/,
  );
});

test('the rule for libvirt belongs in a hook', () => {
  const tables = [{ ...nftTable({ policy: 'drop' }, { base: [] }, 'ip'), name: 'libvirt_network' }];
  expect(diagnosed([WEB], { tables })[0]?.remedy).toContain('hook /etc/libvirt/hooks/network');
});

test('a rule of ufw also opens what the forward goes to', () => {
  const [finding] = diagnosed([WEB], { tables: [iptables([...POLICY, '-N ufw-user-forward'])] });
  expect(finding?.remedy).toContain('this also lets clients reach the targets without the forward');
});

test('a rule of ufw for a forward with from opens the target to its clients only', () => {
  const tables = [iptables([...POLICY, '-N ufw-user-forward'])];
  const [finding] = diagnosed(
    ['{name: web, listen: 80, target: "10.0.0.9:8080", from: [198.51.100.0/24, 192.0.2.99]}'],
    { tables },
  );
  expect(finding?.remedy).toMatch(
    /^run: ufw route allow proto tcp from 198\.51\.100\.0\/24 to 10\.0\.0\.9 port 8080 && ufw route allow proto tcp from 192\.0\.2\.99 to 10\.0\.0\.9 port 8080; /,
  );
});

const rule = (client: string): string => `-A FORWARD -s ${client} -d 10.0.0.9/32 -p tcp -m tcp --dport 8080 -j ACCEPT`;

test('ufw is told of every target, and a rule for each client ends the warning', () => {
  const [finding] = diagnosed(some(5), { tables: [iptables([...POLICY, '-N ufw-user-forward'])] });
  expect(finding?.remedy.match(/ufw route allow/g)).toHaveLength(5);
  const forward = '{name: web, listen: 80, target: "10.0.0.9:8080", from: [198.51.100.0/24, 192.0.2.99]}';
  const left = (...clients: readonly string[]): number =>
    diagnosed([forward], { tables: [iptables(['-P FORWARD DROP', ...clients.map(rule)])] }).length;
  expect(left('198.51.100.0/24', '192.0.2.99/32')).toBe(0);
  expect(left('198.51.0.0/16', '192.0.2.0/24')).toBe(0);
  expect(left('0.0.0.0/0')).toBe(0);
  expect(left('198.51.100.0/24')).toBe(1);
  expect(left('198.51.100.0/25', '192.0.2.99/32')).toBe(1);
});

const some = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `{listen: ${81 + index}, target: "10.0.1.${index + 1}:8080"}`);

test('the rule matches the targets, and with too many of them every translated connection', () => {
  const tables = [nftTable({ policy: 'drop' }, { base: [] })];
  expect(diagnosed([...some(2), '{listen: 53, protocol: udp, target: 10.0.0.8}'], { tables })[0]?.remedy).toMatch(
    /^run: nft insert rule (\S+ \S+ \S+) ct status dnat meta l4proto tcp ct reply ip saddr '\{ 10\.0\.1\.1, 10\.0\.1\.2 \}' ct reply proto-src 8080 accept && nft insert rule \1 ct status dnat meta l4proto udp ct reply ip saddr 10\.0\.0\.8 ct reply proto-src 53 accept; /,
  );
  expect(diagnosed(some(30), { tables })[0]?.remedy).toMatch(
    / ct status dnat accept; this accepts every connection with DNAT/,
  );
  expect(diagnosed(some(30), { tables: [iptables(POLICY)] })[0]?.remedy).toMatch(
    /^run: iptables -I FORWARD -m conntrack --ctstate DNAT -j ACCEPT; this accepts every connection with DNAT/,
  );
});
