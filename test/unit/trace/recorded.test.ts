import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatConnection } from '../../../src/cli/format/trace/traced-connection.ts';
import { collect } from '../../../src/trace/collect.ts';
import { isOver, judge } from '../../../src/trace/verdict.ts';

const EVENTS = new URL('events/', import.meta.url).pathname;
const VERSIONS = ['0.9.8', '1.0.6', '1.1.3', '1.1.7'];

/** What every version of nft tells. The client's port differs. */
const TOLD: Readonly<Record<string, string>> = {
  answered: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6000
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5000
  routing: out through in0
  went out through in0
  answer: tcp syn,ack from 10.0.0.2:5000
    came in through in0
    routing: out through out0
    the NAT of the connection sets the source to 203.0.113.1:6000
    went out through out0
  verdict: answered: F forwards it to 10.0.0.2:5000, and the answer came in through in0 and went out through out0`,
  masqueraded: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6001
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5000
  routing: out through in0
  postrouting: portfwd (forward F) rewrites the source to 10.0.0.1:PORT
  went out through in0
  answer: tcp syn,ack from 10.0.0.2:5000
    came in through in0
    the NAT of the connection sets the destination to 203.0.113.7:PORT
    routing: out through out0
    the NAT of the connection sets the source to 203.0.113.1:6001
    went out through out0
  verdict: answered: F forwards it to 10.0.0.2:5000, and the answer came in through in0 and went out through out0`,
  'local-target': `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6002
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 192.168.0.2:5001
  routing: to this host
  delivered on this host
  answer: tcp syn,ack from 192.168.0.2:5001
    sent by this host
    the NAT of the connection sets the source to 203.0.113.1:6002
    went out through out0
  verdict: answered: F forwards it to 192.168.0.2:5001, and the answer went out through out0`,
  'own-connection': `
connection 1: tcp from 203.0.113.1:PORT to 203.0.113.1:6002
  sent by this host
  output: portfwd (forward F) rewrites the destination to 192.168.0.2:5001
  went out through lo
  came in through lo, from this host
  routing: to this host
  delivered on this host
  answer: tcp syn,ack from 192.168.0.2:5001
    sent by this host
    the NAT of the connection sets the source to 203.0.113.1:6002
    went out through lo
    came in through lo, from this host
    routing: to this host
    delivered on this host
  verdict: answered: F forwards it to 192.168.0.2:5001, and the answer reached the client on this host`,
  'own-to-target': `
connection 1: tcp from 203.0.113.1:PORT to 203.0.113.1:6000
  sent by this host
  output: portfwd (forward F) rewrites the destination to 10.0.0.2:5000
  postrouting: portfwd (forward F) rewrites the source to 10.0.0.1:PORT
  went out through in0
  answer: tcp syn,ack from 10.0.0.2:5000
    came in through in0
    the NAT of the connection sets the destination to 203.0.113.1:PORT
    routing: to this host
    the NAT of the connection sets the source to 203.0.113.1:6000
    delivered on this host
  verdict: answered: F forwards it to 10.0.0.2:5000, and the answer reached the client on this host`,
  'not-in-from': `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6003
  came in through out0
  prerouting: portfwd drops it: 203.0.113.7 is not in the key from of F
  verdict: dropped in prerouting, by portfwd: 203.0.113.7 is not in the key from of F`,
  silent: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6004
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5009
  routing: out through in0
  went out through in0
  verdict: no answer: F forwards it to 10.0.0.2:5009, it went out through in0, and no answer came through this host within 3 s; the target may be off, a firewall there may drop it, or its answer may take another way than through this host`,
  closed: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6005
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5008
  routing: out through in0
  went out through in0
  answer: tcp rst,ack from 10.0.0.2:5008
    came in through in0
    routing: out through out0
    the NAT of the connection sets the source to 203.0.113.1:6005
    went out through out0
  verdict: refused: F forwards it to 10.0.0.2:5008, and 10.0.0.2 refused the connection: nothing listens on that port there, or a firewall there rejects it`,
  six: `
connection 1: tcp from [2001:db8:1::7]:PORT to [2001:db8:1::1]:6007
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to [2001:db8:2::2]:5000
  routing: out through in0
  went out through in0
  answer: tcp syn,ack from [2001:db8:2::2]:5000
    came in through in0
    routing: out through out0
    the NAT of the connection sets the source to [2001:db8:1::1]:6007
    went out through out0
  verdict: answered: F forwards it to [2001:db8:2::2]:5000, and the answer came in through in0 and went out through out0`,
  'udp-closed': `
connection 1: udp from 203.0.113.7:PORT to 203.0.113.1:6006
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5007
  routing: out through in0
  went out through in0
  answer: icmp destination-unreachable port-unreachable from 10.0.0.2
    came in through in0
    routing: out through out0
    the NAT of the connection sets the source to 203.0.113.1
    went out through out0
  verdict: refused: F forwards it to 10.0.0.2:5007, and 10.0.0.2 sent the ICMP message destination-unreachable port-unreachable`,
  accepted: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6000
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5000
  routing: out through in0
  forward: inet fw forward: accepted by the rule: tcp dport 5000 accept comment "let it in"
  went out through in0
  answer: tcp syn,ack from 10.0.0.2:5000
    came in through in0
    routing: out through out0
    forward: inet fw forward: accepted by the rule: ct state established,related accept
    the NAT of the connection sets the source to 203.0.113.1:6000
    went out through out0
  verdict: answered: F forwards it to 10.0.0.2:5000, and the answer came in through in0 and went out through out0`,
  dropped: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6004
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5009
  routing: out through in0
  forward: inet fw sub: dropped by the rule: tcp dport 5009 drop comment "no (verdict accept) here"
  verdict: dropped in forward, by a rule of inet fw, chain sub: tcp dport 5009 drop comment "no (verdict accept) here"; portfwd check may have the command that lets it through`,
  policy: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6005
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5008
  routing: out through in0
  forward: inet fw forward: dropped by the policy of the chain
  verdict: dropped in forward, by the policy of inet fw, chain forward: no rule of it accepted the packet; portfwd check may have the command that lets it through`,
  rejected: `
connection 1: udp from 203.0.113.7:PORT to 203.0.113.1:6006
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5007
  routing: out through in0
  forward: inet fw forward: dropped by the rule: udp dport 5007 reject
  answer: icmp destination-unreachable port-unreachable from 203.0.113.1
    sent by this host
    went out through out0
  verdict: rejected in forward, by a rule of inet fw, chain forward: udp dport 5007 reject; portfwd check may have the command that lets it through`,
  iptables: `
connection 1: tcp from 203.0.113.7:PORT to 203.0.113.1:6000
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5000
  routing: out through in0
  forward: ip filter FORWARD: dropped by the rule: tcp dport 5000 reject with tcp reset
  answer: tcp rst,ack from 10.0.0.2:5000
    sent by this host
    the NAT of the connection sets the source to 203.0.113.1:6000
    went out through out0
  verdict: rejected in forward, by a rule of ip filter, chain FORWARD: tcp dport 5000 reject with tcp reset; portfwd check may have the command that lets it through`,
  'refused-source': `
connection 1: tcp from 10.0.0.9:PORT to 203.0.113.1:6000
  came in through out0
  prerouting: portfwd (forward F) rewrites the destination to 10.0.0.2:5000
  verdict: lost: the kernel dropped it when it looked up its route`,
};

describe.each(VERSIONS)('events that nft %s printed', (version) => {
  test.each(Object.keys(TOLD))('%s', (name) => {
    const lines = readFileSync(join(EVENTS, version, `${name}.txt`), 'utf8').split('\n');
    const collector = collect('pf_trace_1', 3);
    for (const line of lines) collector.read(line, 0);
    const [connection, ...others] = collector.connections();
    expect(others).toEqual([]);
    if (connection === undefined) throw new Error('no connection');
    expect(isOver(connection)).toBe(!['silent', 'refused-source'].includes(name));
    const judged = judge(connection, collector.lost());
    const about = { number: 1, forward: 'F', candidates: ['F'], why: undefined, waited: 3 };
    expect(withoutPorts(formatConnection({ ...judged, ...about }))).toBe(`${TOLD[name]?.trim()}\n`);
  });

  test('each file is tested', () => {
    const files = readdirSync(join(EVENTS, version)).map((file) => file.replace('.txt', ''));
    expect(files.sort()).toEqual(Object.keys(TOLD).sort());
  });
});

test('docs/trace.md shows connections as they are told', () => {
  const docs = readFileSync(new URL('../../../docs/trace.md', import.meta.url), 'utf8');
  const shown = [...docs.matchAll(/^connection 1:.*\n(?: {2}.*\n)+/gm)].map(([text]) => withoutNames(text.trim()));
  // The last one has also the reason, for which portfwd asks the kernel.
  const told = ['accepted', 'policy', 'refused-source'].map((name) => withoutNames(TOLD[name]?.trim() ?? ''));
  expect(shown).toEqual(told.map((text) => expect.stringContaining(text)));
});

const withoutNames = (text: string): string =>
  text.replaceAll(/:(?:PORT|\d+)\b/g, ':N').replaceAll(/\b(?:web|dns)\b/g, 'F');

/** Without the ports that the kernel chose, and the comments of iptables, which nft prints since 1.1.7. */
const withoutPorts = (text: string): string =>
  text.replaceAll(' comment "web"', '').replaceAll(/:(?:3[2-9]|[45]\d|60|61)\d{3}\b/g, ':PORT');
