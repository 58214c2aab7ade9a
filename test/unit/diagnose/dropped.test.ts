import { expect, test } from 'vitest';
import { codesOf, diagnosed, iptables, messagesOf, nftTable } from '../../support/observations.ts';

const WEB = '{name: web, listen: 80, target: "10.0.0.9:8080"}';
const OWN = '{name: own, listen: 80, target: "10.0.0.1:8080"}';
const POLICY = ['-P FORWARD DROP', '-P INPUT DROP'];

const byIptables = (rules: readonly string[], item = WEB): string[] =>
  codesOf(diagnosed([item], { tables: [iptables([...POLICY, ...rules])] }));

test.each([
  '-A FORWARD -j ACCEPT',
  '-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT',
  '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT',
  '-A FORWARD -m conntrack --ctstate NEW -j ACCEPT',
  '-A FORWARD -d 10.0.0.9/32 -p tcp -m multiport --dports 80,8000:8100 -j ACCEPT',
  '-A FORWARD -o lan0 -j ACCEPT',
  '-A FORWARD -i wan+ -o lan+ -p tcp -m conntrack --ctorigdstport 80 -j ACCEPT',
  '-A FORWARD ! -o wan0 -j ACCEPT',
  '-A FORWARD -i wan0 -d 10.0.0.9/32 -j ACCEPT',
])('iptables: %s', (rule) => {
  expect(byIptables([rule])).toEqual([]);
});

test.each([
  '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A FORWARD -m conntrack ! --ctstate NEW -j ACCEPT',
  '-A FORWARD -i lo -j ACCEPT',
  '-A FORWARD -o wan0 -j ACCEPT',
  '-A FORWARD -p udp -j ACCEPT',
  '-A FORWARD -d 10.0.1.0/24 -j ACCEPT',
  '-A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT',
  '-A FORWARD -m addrtype --dst-type LOCAL -j ACCEPT',
  '-A FORWARD -j LOG',
])('iptables, no help: %s', (rule) => {
  expect(messagesOf(diagnosed([WEB], { tables: [iptables([...POLICY, rule])] }))).toEqual([
    'ip filter FORWARD drops what comes in for the forward web (its policy is drop)',
  ]);
});

test.each([
  '-A FORWARD -i lan0 -j ACCEPT',
  '-A FORWARD -s 192.0.2.0/24 -j ACCEPT',
  '-A FORWARD ! -s 10.0.0.0/8 -d 10.0.0.0/24 -p tcp -m comment --comment "a -j DROP" -j ACCEPT',
  '-A FORWARD -m set --match-set ok src -j ACCEPT',
])('iptables, help for some: %s', (rule) => {
  expect(messagesOf(diagnosed([WEB], { tables: [iptables([...POLICY, rule])] }))[0]).toMatch(/lets through$/);
});

test('a drop that only some packets meet is no reason to warn', () => {
  const rules = ['-P FORWARD ACCEPT', '-A FORWARD -s 198.51.100.0/24 -j DROP', '-A FORWARD -i lan1 -j DROP'];
  expect(diagnosed([WEB], { tables: [iptables(rules)] })).toEqual([]);
});

test.each([
  [
    '-A FORWARD -i wan0 -o lan0 -j REJECT',
    'web',
    ['drops what comes in through wan0 for the forward web (a rule of its own)'],
  ],
  ['-A FORWARD -i wan+ -j guest', 'web', ['drops what comes in through wan0 for the forward web (a rule of guest)']],
  ['-A FORWARD ! -i lan0 -j DROP', 'web', ['drops what comes in through wan0 for the forward web (a rule of its own)']],
  ['-A FORWARD -i wan0 -o wan0 -j DROP', 'web', []],
  ['-A FORWARD -i lan0 -o lan0 -j DROP', 'web', []],
  ['-A FORWARD -i wan0 -j DROP', 'inside', []],
  ['-A FORWARD -i wan0 -j DROP', 'outside', ['drops what comes in for the forward outside (a rule of its own)']],
])('what comes in from outside: %s, %s', (rule, name, expected) => {
  const items = [
    WEB,
    '{name: inside, listen: 80, target: 10.0.0.9, interface: lan0}',
    '{name: outside, listen: 80, target: 10.0.0.9, interface: wan0}',
  ].filter((item) => item.includes(name));
  const rules = ['-P FORWARD ACCEPT', '-N guest', rule, '-A guest -j DROP'];
  expect(messagesOf(diagnosed(items, { tables: [iptables(rules)] }))).toEqual(
    expected.map((text) => `ip filter FORWARD ${text}`),
  );
});

test('a rule that lets the forward in from one interface was meant so', () => {
  const rules = ['-P FORWARD ACCEPT', '-A FORWARD -i lan1 -d 10.0.0.9/32 -j ACCEPT', '-A FORWARD -i wan0 -j DROP'];
  expect(diagnosed([WEB], { tables: [iptables(rules)] })).toEqual([]);
});

test('jumps are followed, and a return that may have happened leaves the chain', () => {
  const chains = ['-N deny', '-N maybe'];
  expect(
    byIptables([
      ...chains,
      '-A FORWARD -j maybe',
      '-A FORWARD -j ACCEPT',
      '-A maybe -s 192.0.2.0/24 -j RETURN',
      '-A maybe -j DROP',
    ]),
  ).toEqual([]);
  expect(
    messagesOf(
      diagnosed([WEB], {
        tables: [
          iptables(['-P FORWARD ACCEPT', ...chains, '-A FORWARD -g deny', '-A deny -j REJECT --reject-with tcp-reset']),
        ],
      }),
    ),
  ).toEqual(['ip filter FORWARD drops what comes in for the forward web (a rule of deny)']);
});

test('a target on this host goes through input, with its own port', () => {
  expect(byIptables([], OWN)).toEqual(['host/input-dropped']);
  expect(byIptables(['-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT'], OWN)).toEqual(['host/input-dropped']);
  expect(byIptables(['-A INPUT -p tcp -m tcp --dport 8080 -j ACCEPT'], OWN)).toEqual([]);
});

test('what only the host itself can ask for goes through neither', () => {
  expect(byIptables([], '{listen: "127.0.0.5:80", target: 10.0.0.9, loopback: true}')).toEqual([]);
});

const ct = (key: string, right: unknown, op = 'in') => ({ match: { op, left: { ct: { key } }, right } });
const meta = (key: string, right: unknown) => ({ match: { op: '==', left: { meta: { key } }, right } });
const payload = (protocol: string, field: string, right: unknown, op = '==') => ({
  match: { op, left: { payload: { protocol, field } }, right },
});
const ACCEPT = { accept: null };
const byNft = (...expr: readonly unknown[]): string[] =>
  codesOf(diagnosed([WEB], { tables: [nftTable({ policy: 'drop' }, { base: [expr], sub: [[ACCEPT]] })] }));

test.each([
  ['accept', [ACCEPT]],
  ['ct status dnat', [ct('status', 'dnat'), { counter: { packets: 0, bytes: 0 } }, ACCEPT]],
  ['ct state new', [ct('state', ['established', 'new']), ACCEPT]],
  [
    'a verdict map',
    [{ vmap: { key: { ct: { key: 'state' } }, data: { set: [['new', { jump: { target: 'sub' } }]] } } }],
  ],
  ['tcp dport', [payload('tcp', 'dport', { set: [22, { range: [8000, 8100] }] }), ACCEPT]],
  ['th dport', [meta('l4proto', { set: ['tcp', 'udp'] }), payload('th', 'dport', 8080), ACCEPT]],
  ['ip daddr', [payload('ip', 'daddr', { prefix: { addr: '10.0.0.0', len: 24 } }), ACCEPT]],
  ['oifname', [meta('oifname', 'lan0'), ACCEPT]],
  ['nfproto', [meta('nfproto', 'ipv4'), ACCEPT]],
  [
    'what the client wrote',
    [{ match: { op: '==', left: { ct: { key: 'proto-dst', dir: 'original' } }, right: 80 } }, ACCEPT],
  ],
])('nft: %s lets it through', (_, expr) => {
  expect(byNft(...expr)).toEqual([]);
});

const drops = (expr: readonly unknown[], item: string): string[] =>
  codesOf(diagnosed([item], { tables: [nftTable({}, { base: [[...expr, { drop: null }]] })] }));

const allowed = (ports: readonly number[]) => [payload('tcp', 'dport', { set: ports }, '!=')];

test('every port but some is a matter of that protocol alone', () => {
  const udp = WEB.replace('listen', 'protocol: udp, listen');
  expect(drops(allowed([22]), WEB)).toEqual(['host/forward-dropped']);
  expect(drops(allowed([22, 8080]), WEB)).toEqual([]);
  expect(drops(allowed([]), WEB)).toEqual(['host/forward-dropped']);
  expect(drops(allowed([22]), udp)).toEqual([]);
});

test.each([
  [
    'established',
    [{ match: { op: '==', left: { ct: { key: 'state' } }, right: { set: ['established', 'related'] } } }, ACCEPT],
  ],
  ['udp dport', [payload('udp', 'dport', 8080), ACCEPT]],
  ['another port', [payload('tcp', 'dport', 8080, '!='), ACCEPT]],
  ['ip6', [payload('ip6', 'daddr', '2001:db8::9'), ACCEPT]],
  ['lo', [meta('iifname', 'lo'), ACCEPT]],
  ['a set by its name', [payload('ip', 'saddr', '@friends'), ACCEPT]],
  ['a limit', [{ limit: { rate: 3, per: 'second' } }, ACCEPT]],
  ['what we do not know', [{ xt: null }, ACCEPT]],
])('nft: %s does not', (_, expr) => {
  expect(byNft(...expr)).toEqual(['host/forward-dropped']);
});

const remedies = (table: Parameters<typeof iptables>[1], ...lines: string[]) =>
  diagnosed([WEB, '{name: dns, protocol: [tcp, udp], listen: 53, target: 10.0.0.8}'], {
    tables: [iptables([...POLICY, ...lines], table)],
  }).map(({ remedy }) => remedy.replace(/;.*/, ''));

test('the command is that of the program that keeps the chain', () => {
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

test('where iptables itself could not be asked, nft still names the chain and the command', () => {
  const table = {
    ...nftTable({ name: 'FORWARD', policy: 'drop' }, { FORWARD: [[{ xt: null }, ACCEPT]] }, 'ip'),
    name: 'filter',
  };
  const [finding] = diagnosed([WEB], { tables: [table] });
  expect(finding?.remedy).toMatch(/^run: iptables -I FORWARD /);
  expect(diagnosed([WEB], { tables: undefined })).toEqual([]);
});

test('firewalld in its strict mode is told to leave it', () => {
  const table = {
    ...nftTable({ policy: 'accept' }, { base: [[ct('status', 'dnat'), { reject: null }]] }),
    name: 'firewalld',
  };
  expect(diagnosed([WEB], { tables: [table] })[0]?.remedy).toContain('StrictForwardPorts=no');
});

test('one line for ten thousand forwards', () => {
  const items = Array.from(
    { length: 10_000 },
    (_, index) => `{name: f${index}, listen: ${index + 1}, target: 10.0.0.9}`,
  );
  expect(messagesOf(diagnosed(items, { tables: [iptables(POLICY)] }))).toEqual([
    'ip filter FORWARD drops what comes in for the forwards f0, f1, f2 and 9997 more (its policy is drop)',
  ]);
});
