import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES, type FailureReason } from '../../../src/failure/failure.ts';
import { FINDINGS, type Finding } from '../../../src/finding/finding.ts';

/**
 * How the remedy of each finding and failure was proven: the packet tests that run the printed command (or follow the
 * advice), see that the fault is gone, and that the rest is as before. `no command`: it names a key, a value or a place,
 * a command of portfwd, or one that only shows something. `not run`: no test runs the command.
 */
type Proof = 'no command' | `not run: ${string}` | readonly string[];

const FINDING_PROOFS: Readonly<Record<Finding['code'], Proof>> = {
  'file/too-large': 'no command',
  'file/encoding': 'no command',
  'file/syntax': 'no command',
  'file/depth': 'no command',
  'file/alias': 'no command',
  'file/anchor': 'no command',
  'file/directive': 'no command',
  'file/tag': 'no command',
  'file/duplicate-key': 'no command',
  'file/number': 'no command',
  'file/layout': 'no command',
  'model/type': 'no command',
  'model/value': 'no command',
  'model/missing-key': 'no command',
  'model/unknown-key': 'no command',
  'model/too-large': 'no command',
  'forward/name': 'no command',
  'forward/duplicate-name': 'no command',
  'forward/comment': 'no command',
  'forward/interface': 'no command',
  'forward/shorthand': 'no command',
  'forward/range-length': 'no command',
  'forward/family-mismatch': 'no command',
  'forward/loopback': 'no command',
  'forward/mss': 'no command',
  'from/address': 'no command',
  'from/overlap': 'no command',
  'from/pointless': 'no command',
  'from/unusable-address': 'no command',
  'listen/syntax': 'no command',
  'listen/address': 'no command',
  'listen/port': 'no command',
  'listen/unusable-address': 'no command',
  'listen/overlap': 'no command',
  'target/syntax': 'no command',
  'target/address': 'no command',
  'target/port': 'no command',
  'target/unusable-address': ['published/clients: ::1 cannot be a target, and the address that the error says works'],
  'target/is-a-listen': 'no command',
  'listen/ambiguous-interface': 'no command',
  'listen/loopback-left-alone': 'no command',
  'host/facts-unknown': 'no command',
  'host/listener-covered': ['kept-decisions: a listen over a socket of the host was confirmed once'],
  'host/listener-partly-covered': 'no command',
  'host/session-covered': ['kept-decisions: the port of the SSH session, confirmed once'],
  'host/nat-chain-rival': 'no command',
  'host/forward-dropped': [
    'conflicts: a firewall that drops the packets of a forward is named, with the command that accepts them',
    'remedies/firewalls: the printed command lets the forwards through, and nothing else',
  ],
  'host/input-dropped': ['published/firewalls: is named, and the printed command helps'],
  'host/ipv6-off': 'no command',
  'host/interface-absent': 'no command',
  'host/interface-port': ['receiving: a bridge port: the packet arrives on the bridge'],
  'host/interface-down': ['receiving: an interface that is down, and one without a carrier'],
  'host/interface-vrf': 'no command',
  'host/interface-not-routing': ['remedies/settings: an interface that does not route'],
  'host/interface-without-address': 'no command',
  'host/address-absent': 'no command',
  'host/ephemeral-overlap': [
    'remedies/settings: after the printed command this host still opens connections',
    'remedies/settings: no command, and reserving it would have cut this host off',
  ],
  'host/bridge-hairpin': ['conflicts: after the printed command the target reaches itself'],
  'host/rp-filter': ['conflicts: the printed command lets its clients in'],
  'host/return-path': [
    'replies/one-armed: the printed route on the target',
    'replies/tunnel: the printed route on the far end',
    'replies/two-uplinks: the recipe, also for a service of the host itself',
  ],
  'host/target-away': ['target-away: the printed route is safe', 'target-away: the command stops that'],
  'host/target-silent': 'no command',
  'host/mtu': ['mss: large transfers hang without mss: clamp, and pass with it'],
  'host/guard-drops': 'not run: it opens this host to all traffic, and says so',
};

const FAILURE_PROOFS: Readonly<Record<FailureReason, Proof>> = {
  'config-unreadable': 'no command',
  'config-unwritable': 'no command',
  'config-changed': 'no command',
  'output-unwritable': 'no command',
  'tool-missing': 'not run: it installs a package',
  'tool-untrusted': 'not run: it changes the owner and mode of a program after a check by the administrator',
  'tool-failed': 'not run: it installs a package again, or loads a kernel module',
  'nft-too-old': 'no command',
  'nft-no-json': 'no command',
  'nft-no-namespace': 'no command',
  permission: 'no command',
  'unsafe-environment': 'not run: it runs the same command without the variable',
  rejected: 'no command',
  'nft-died': 'no command',
  'not-loaded': 'no command',
  'foreign-table': 'no command',
  'forwarding-off': ['forwarding-values: answers need the interface of the target: refused by its name'],
  'many-removals': ['removals: an empty file does not remove twenty forwards, unless it is allowed'],
  'no-route': 'no command',
  'needs-enable': 'no command',
  locked: 'no command',
  'window-open': 'no command',
  'no-window': 'no command',
  'no-way-back': 'no command',
  reverted: 'no command',
  'no-generation': 'no command',
  'many-forwards': 'no command',
  'no-forward': 'no command',
  'no-editor': 'no command',
  'editor-failed': 'no command',
  'boot-unsupported': 'no command',
  'boot-refused': 'no command',
  'boot-foreign': ['boot/boot-changes: the command that status prints makes enable succeed'],
  'boot-unwritable': 'no command',
  'state-directory': ['state/damaged: is damaged: every command works, or says how to go on'],
  'address-unavailable': 'no command',
  'system-call': 'no command',
};

const PROOFS = { ...FINDING_PROOFS, ...FAILURE_PROOFS };

test('every finding and every failure has its row', () => {
  expect(Object.keys(FINDING_PROOFS).sort()).toEqual(Object.keys(FINDINGS).sort());
  expect(Object.keys(FAILURE_PROOFS).sort()).toEqual(Object.keys(FAILURES).sort());
});

const named = Object.values(PROOFS).flatMap((proof) => (typeof proof === 'string' ? [] : proof));

test.each(named)('there is such a test: %s', (proof) => {
  const [, file = '', title = ''] = /^([\w/-]+): (.*)$/.exec(proof) ?? [];
  const path = new URL(`../../packet/${file}.test.ts`, import.meta.url);
  expect(existsSync(path) && readFileSync(path, 'utf8').includes(title)).toBe(true);
});
