import { expect, test } from 'vitest';
import { field, match } from '../../support/nft-json.ts';
import { diagnosed, iptables, messagesOf, nftTable } from '../../support/observations.ts';

const WEB = '{name: web, listen: 80-81, target: 10.0.0.9}';
const nat = (rules: readonly string[], item = WEB): string[] =>
  messagesOf(
    diagnosed([item], { tables: [iptables(['-P PREROUTING ACCEPT', '-P OUTPUT ACCEPT', ...rules], { name: 'nat' })] }),
  );

test('a rule for the same port has one finding, with the one that wins', () => {
  const rules = [
    '-N DOCKER',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    '-A OUTPUT ! -d 127.0.0.0/8 -j DOCKER',
  ];
  expect(
    nat([...rules, '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 81 -j DNAT --to-destination 172.17.0.2:80']),
  ).toEqual([
    'a NAT rule in ip nat DOCKER may also match tcp 80-81 of forward web (! -i docker0 -p tcp -m tcp --dport 81 -j DNAT --to-destination 172.17.0.2:80): it comes later (priority -100, portfwd -105), so the forward wins',
  ]);
});

test.each([
  ['-p tcp -m tcp --dport 1:100', 'also matches'],
  ['-p tcp -m tcp --dport 80', 'may also match'],
  ['-i lan0 -p tcp -m tcp --dport 1:100', 'may also match'],
  ['-s 10.0.0.0/8 -p tcp -m tcp --dport 1:100', 'may also match'],
])('a rule %s %s the forward', (conditions, verb) => {
  expect(nat([`-A PREROUTING ${conditions} -j REDIRECT --to-ports 1`])).toEqual([
    expect.stringContaining(
      `a NAT rule in ip nat PREROUTING ${verb} tcp 80-81 of forward web (${conditions} -j REDIRECT`,
    ),
  ]);
});

test.each([
  '-A PREROUTING -p udp -m udp --dport 80 -j DNAT --to-destination 1.2.3.4',
  '-A PREROUTING -p tcp -m tcp --dport 82:90 -j REDIRECT --to-ports 1',
  '-A PREROUTING -j DNAT --to-destination 1.2.3.4',
  '-A PREROUTING -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x1',
  '-A UNHOOKED -p tcp -m tcp --dport 80 -j DNAT --to-destination 1.2.3.4',
])('no conflict: %s', (rule) => {
  expect(nat(['-N UNHOOKED', rule])).toEqual([]);
});

test('a rule for another address is not in conflict', () => {
  const rule = '-A PREROUTING -d 192.0.2.9/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 1.2.3.4';
  expect(nat([rule], '{name: web, listen: "192.0.2.1:80", target: 10.0.0.9}')).toEqual([]);
  expect(nat([rule])).toEqual([]);
  expect(nat([rule.replace('192.0.2.9', '192.0.2.1')])).toHaveLength(1);
  expect(nat([rule.replace('-d 192.0.2.9/32', '! -d 192.0.2.1/32')])).toHaveLength(1);
  expect(nat([rule.replace('-d 192.0.2.9/32', '! -d 0.0.0.0/0')])).toEqual([]);
});

const byNft = (...expr: readonly unknown[]): number =>
  diagnosed([WEB], { tables: [nftTable({ type: 'nat', hook: 'prerouting', priority: -110 }, { base: [expr] })] })
    .length;
const dport = field('tcp', 'dport');
const daddr = (address: string) => match(field('ip', 'daddr'), address);

test.each([
  [
    'a map of ports',
    [
      {
        dnat: {
          addr: {
            map: {
              key: dport,
              data: {
                set: [
                  [22, '1.2.3.4'],
                  [80, '1.2.3.4'],
                ],
              },
            },
          },
        },
      },
    ],
    1,
  ],
  ['a map of other ports', [{ dnat: { addr: { map: { key: dport, data: { set: [[22, '1.2.3.4']] } } } } }], 0],
  ['a map to ports', [{ redirect: { port: { map: { key: dport, data: { set: [[{ elem: { val: 81 } }, 8]] } } } } }], 1],
  ['a map that could not be read', [{ dnat: { addr: { map: { key: dport, data: '@m' } } } }], 0],
  ['a set', [match(dport, { set: [{ range: [1, 90] }] }), { redirect: null }], 1],
  ['our address', [daddr('192.0.2.1'), match(dport, 80), { redirect: null }], 1],
  ['an address of another host', [daddr('10.9.9.9'), match(dport, 80), { redirect: null }], 0],
])('nft: %s', (_, expr, expected) => {
  expect(byNft(...expr)).toBe(expected);
});

test('a rule that two base chains jump to has one finding', () => {
  const chain = { type: 'nat', hook: 'prerouting', priority: -110, policy: 'accept' };
  const jump = [[{ jump: { target: 'sub' } }]];
  const table = nftTable(chain, {
    base: jump,
    out: jump,
    sub: [[match(dport, 80), { redirect: { port: 1 } }]],
  });
  const chains = [...table.chains, { ...chain, name: 'out', hook: 'output' }];
  expect(diagnosed([WEB], { tables: [{ ...table, chains }] })).toHaveLength(1);
});

test('many rules are counted', () => {
  const rules = Array.from(
    { length: 50 },
    (_, index) => `-A PREROUTING -p tcp -m tcp --dport 80 -s 10.1.1.${index} -j DNAT --to-destination 1.2.3.4`,
  );
  expect(nat(rules)).toHaveLength(6);
  expect(nat(rules).at(-1)).toBe('45 more NAT rules of other programs are for ports of forward web');
});

test('the priority of portfwd in another chain has a finding', () => {
  const tables = [nftTable({ type: 'nat', hook: 'output', priority: -100 }, {})];
  expect(messagesOf(diagnosed([WEB], { tables }))).toEqual([]);
  expect(diagnosed([WEB], { tables }, 'priority: -100\n')).toMatchObject([
    { code: 'host/nat-chain-rival', message: /^inet fw base has the same priority .* -100: /, path: ['priority'] },
  ]);
});
