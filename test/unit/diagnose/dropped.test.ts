import { expect, test } from 'vitest';
import { ACCEPT, ct, field, match, meta, REJECT, TRANSLATED } from '../../support/nft-json.ts';
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
])('iptables, does not accept: %s', (rule) => {
  expect(messagesOf(diagnosed([WEB], { tables: [iptables([...POLICY, rule])] }))).toEqual([
    'ip filter FORWARD drops packets of forward web (policy drop)',
  ]);
});

test.each([
  '-A FORWARD -i lan0 -j ACCEPT',
  '-A FORWARD -s 192.0.2.0/24 -j ACCEPT',
  '-A FORWARD ! -s 10.0.0.0/8 -d 10.0.0.0/24 -p tcp -m comment --comment "a -j DROP" -j ACCEPT',
  '-A FORWARD -m set --match-set ok src -j ACCEPT',
])('iptables, accepts some: %s', (rule) => {
  expect(messagesOf(diagnosed([WEB], { tables: [iptables([...POLICY, rule])] }))).toEqual([
    `ip filter FORWARD may drop packets of forward web (policy drop, unless a rule accepts them first, such as: ${rule.replace('-A FORWARD ', '')})`,
  ]);
});

test('a rule that drops only some packets has no finding', () => {
  const rules = ['-P FORWARD ACCEPT', '-A FORWARD -s 198.51.100.0/24 -j DROP', '-A FORWARD -i lan1 -j DROP'];
  expect(diagnosed([WEB], { tables: [iptables(rules)] })).toEqual([]);
});

test.each([
  [
    '-A FORWARD -i wan0 -o lan0 -j REJECT',
    'web',
    ['drops packets of forward web that come in through wan0 (rule: -i wan0 -o lan0 -j REJECT)'],
  ],
  [
    '-A FORWARD -i wan+ -j guest',
    'web',
    ['drops packets of forward web that come in through wan0 (rule in guest: -j DROP)'],
  ],
  [
    '-A FORWARD ! -i lan0 -j DROP',
    'web',
    ['drops packets of forward web that come in through wan0 (rule: ! -i lan0 -j DROP)'],
  ],
  ['-A FORWARD -i wan0 -o wan0 -j DROP', 'web', []],
  ['-A FORWARD -i lan0 -o lan0 -j DROP', 'web', []],
  ['-A FORWARD -i wan0 -j DROP', 'inside', []],
  ['-A FORWARD -i wan0 -j DROP', 'outside', ['drops packets of forward outside (rule: -i wan0 -j DROP)']],
])('packets from outside: %s, %s', (rule, name, expected) => {
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

test('a rule that accepts this forward from one interface is intended', () => {
  const rules = ['-P FORWARD ACCEPT', '-A FORWARD -i lan1 -d 10.0.0.9/32 -j ACCEPT', '-A FORWARD -i wan0 -j DROP'];
  expect(diagnosed([WEB], { tables: [iptables(rules)] })).toEqual([]);
});

test('jumps are followed, and so is a return that may happen', () => {
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
  ).toEqual(['ip filter FORWARD drops packets of forward web (rule in deny: -j REJECT --reject-with tcp-reset)']);
});

test('packets to a target on this host go through input, with the port of the target', () => {
  expect(byIptables([], OWN)).toEqual(['host/input-dropped']);
  expect(byIptables(['-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT'], OWN)).toEqual(['host/input-dropped']);
  expect(byIptables(['-A INPUT -p tcp -m tcp --dport 8080 -j ACCEPT'], OWN)).toEqual([]);
});

test('connections to a listen in 127.0.0.0/8 go through neither chain', () => {
  expect(byIptables([], '{listen: "127.0.0.5:80", target: 10.0.0.9, loopback: true}')).toEqual([]);
});

const byNft = (...expr: readonly unknown[]): string[] =>
  codesOf(diagnosed([WEB], { tables: [nftTable({ policy: 'drop' }, { base: [expr], sub: [[ACCEPT]] })] }));

test.each([
  ['accept', [ACCEPT]],
  ['ct status dnat', [TRANSLATED, { counter: { packets: 0, bytes: 0 } }, ACCEPT]],
  ['ct state new', [match(ct('state'), ['established', 'new'], 'in'), ACCEPT]],
  ['a verdict map', [{ vmap: { key: ct('state'), data: { set: [['new', { jump: { target: 'sub' } }]] } } }]],
  ['tcp dport', [match(field('tcp', 'dport'), { set: [22, { range: [8000, 8100] }] }), ACCEPT]],
  ['th dport', [match(meta('l4proto'), { set: ['tcp', 'udp'] }), match(field('th', 'dport'), 8080), ACCEPT]],
  ['ip daddr', [match(field('ip', 'daddr'), { prefix: { addr: '10.0.0.0', len: 24 } }), ACCEPT]],
  ['oifname', [match(meta('oifname'), 'lan0'), ACCEPT]],
  ['nfproto', [match(meta('nfproto'), 'ipv4'), ACCEPT]],
  ['the original port', [match(ct('proto-dst', { dir: 'original' }), 80), ACCEPT]],
])('nft: %s accepts it', (_, expr) => {
  expect(byNft(...expr)).toEqual([]);
});

const drops = (expr: readonly unknown[], item: string): string[] =>
  codesOf(diagnosed([item], { tables: [nftTable({}, { base: [[...expr, { drop: null }]] })] }));

const allowed = (ports: readonly number[]) => [match(field('tcp', 'dport'), { set: ports }, '!=')];

test('a rule for every port except some is about its protocol only', () => {
  const udp = WEB.replace('listen', 'protocol: udp, listen');
  expect(drops(allowed([22]), WEB)).toEqual(['host/forward-dropped']);
  expect(drops(allowed([22, 8080]), WEB)).toEqual([]);
  expect(drops(allowed([]), WEB)).toEqual(['host/forward-dropped']);
  expect(drops(allowed([22]), udp)).toEqual([]);
});

test.each([
  ['established', [match(ct('state'), { set: ['established', 'related'] }), ACCEPT]],
  ['udp dport', [match(field('udp', 'dport'), 8080), ACCEPT]],
  ['another port', [match(field('tcp', 'dport'), 8080, '!='), ACCEPT]],
  ['ip6', [match(field('ip6', 'daddr'), '2001:db8::9'), ACCEPT]],
  ['lo', [match(meta('iifname'), 'lo'), ACCEPT]],
  ['a set by its name', [match(field('ip', 'saddr'), '@friends'), ACCEPT]],
  ['a limit', [{ limit: { rate: 3, per: 'second' } }, ACCEPT]],
  ['a statement that is not known', [{ xt: null }, ACCEPT]],
])('nft: %s does not', (_, expr) => {
  expect(byNft(...expr)).toEqual(['host/forward-dropped']);
});

const table = (rule: readonly unknown[]) => nftTable({ policy: 'drop' }, { base: [rule] });

test('the message has the rule, in the syntax of nft', () => {
  const oif = match(meta('oifname'), 'lan0');
  expect(messagesOf(diagnosed([WEB], { tables: [table([oif, REJECT])] }))).toEqual([
    'inet fw base drops packets of forward web (rule: oifname lan0 reject)',
  ]);
  expect(messagesOf(diagnosed([WEB], { tables: [table([match(field('ip', 'saddr'), '@friends'), ACCEPT])] }))).toEqual([
    'inet fw base may drop packets of forward web (policy drop, unless a rule accepts them first, such as: ip saddr @friends accept)',
  ]);
});

test('forwards that different rules drop share a finding', () => {
  const items = [WEB, '{name: dns, protocol: udp, listen: 53, target: 10.0.0.8}'];
  const rules = ['-P FORWARD ACCEPT', '-A FORWARD -p tcp -j DROP', '-A FORWARD -p udp -j DROP'];
  expect(messagesOf(diagnosed(items, { tables: [iptables(rules)] }))).toEqual([
    'ip filter FORWARD drops packets of forwards web and dns (for example rule: -p tcp -j DROP)',
  ]);
});

test('of rules that could not be read nothing is asserted', () => {
  const tables = [{ ...nftTable({ policy: 'drop' }, {}), rules: undefined }];
  expect(messagesOf(diagnosed([WEB], { tables }))).toEqual([
    'inet fw base may drop packets of forward web (policy drop, unless a rule accepts them first; portfwd could not read the rules)',
  ]);
});

test('one line for ten thousand forwards', () => {
  const items = Array.from(
    { length: 10_000 },
    (_, index) => `{name: f${index}, listen: ${index + 1}, target: 10.0.0.9}`,
  );
  expect(messagesOf(diagnosed(items, { tables: [iptables(POLICY)] }))).toEqual([
    'ip filter FORWARD drops packets of forwards f0, f1, f2 and 9997 more (policy drop)',
  ]);
});

test.each(['10.0.0.0/99', '10.0.0.0/', 'x/8', '10.0.0.0/-1'])(
  'a rule for what is not a prefix drops nothing for sure: %s',
  (prefix) => {
    expect(byIptables([`-A FORWARD -d ${prefix} -j DROP`, '-A FORWARD -j ACCEPT'])).toEqual([]);
  },
);
