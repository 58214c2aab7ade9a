import { expect, test } from 'vitest';
import { codesOf, diagnosed, iptables, link, nftTable } from '../../support/observations.ts';

const WEB = '{name: web, listen: 80, target: "10.0.0.9:8080"}';
const links = [link('wan0'), link('lan0', { mtu: 1380 })];

test('a narrower link to the target has a note that offers mss: clamp', () => {
  expect(diagnosed([WEB, '"81:10.0.0.8/tcp"', '"82:10.0.0.9/udp"'], { links })).toEqual([
    {
      code: 'host/mtu',
      message:
        'lan0 takes packets of at most 1380 bytes to the target of forwards web and tcp-81, and wan0, where clients come in, 1500: large transfers hang if a firewall on the way drops the ICMP messages that say so',
      remedy: 'set mss: clamp, for the forward or at the top level of the file',
      path: ['forwards', 0, 'target'],
    },
  ]);
});

const MAXSEG = { mangle: { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } } };

test.each<[string, string, Parameters<typeof diagnosed>[1]]>([
  ['the links are alike', WEB, { links: [link('wan0'), link('lan0')] }],
  ['the link to the clients is narrower', WEB, { links: [link('wan0', { mtu: 1492 }), link('lan0')] }],
  ['the forward clamps', '{listen: 80, target: 10.0.0.9, mss: clamp}', { links }],
  ['the target is this host', '"80:10.0.0.1:8080"', { links }],
  ['clients come in through the same link', '{listen: 80, target: 10.0.0.9, interface: lan0}', { links }],
  ['the links are not known', WEB, { links: undefined }],
  [
    'clients come in through a VRF, which has a large MTU',
    '{listen: 80, target: 10.0.0.9, interface: blue}',
    { links: [...links, link('blue', { kind: 'vrf', mtu: 65575 }), link('eth0', { master: 'blue', portOf: 'vrf' })] },
  ],
  ['a rule of nft clamps', WEB, { links, tables: [nftTable({}, { base: [[MAXSEG]] })] }],
  [
    'a rule of iptables clamps',
    WEB,
    {
      links,
      tables: [iptables(['-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu'])],
    },
  ],
])('no note if %s', (_, item, seen) => {
  expect(codesOf(diagnosed([item], seen)).filter((code) => code === 'host/mtu')).toEqual([]);
});
