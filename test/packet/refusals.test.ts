import { afterEach, beforeEach, expect, test } from 'vitest';
import { FAILURES, type FailureReason } from '../../src/failure/failure.ts';
import { EXIT } from '../../src/report/exit-code.ts';
import { startBootHost, type BootHost } from './lab/boot-host.ts';
import { PORTFWD_COMMAND } from './lab/lab.ts';
import {
  everywhere,
  fakeNft,
  MANY,
  model,
  READ_ONLY,
  without,
  withoutPlan,
  type NotForeseen,
  type Refusal,
} from './lab/refusal-cases.ts';

const LOCAL = model('forwards:\\n  - "6000:10.0.0.1:5000"');
/** The host routes, except on its only interface. */
const ONE_CLOSED = 'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.lan0.forwarding=0';
const ENABLED = model('forwarding: enable\\nforwards:\\n  - "6000:10.0.0.2:5000"');
const ROUTED = model('forwards:\\n  - "6000:10.0.0.2:5000"');

const REFUSALS: Readonly<Record<FailureReason | 'host/listener-covered', readonly Refusal[] | NotForeseen>> = {
  'config-unreadable': [everywhere('there is no file', 'rm -f $model')],
  'config-unwritable': [
    withoutPlan(
      ['add', '6001', '10.0.0.1'],
      'the file is a link',
      `${LOCAL}; mv $model $model.real; ln -s $model.real $model`,
    ),
  ],
  'config-changed': 'the file is changed while an editor or a pending change is open',
  'output-unwritable': 'the command did its work',
  'tool-missing': [everywhere('nft is not installed', LOCAL, without('/usr/sbin', 'nft'))],
  'tool-untrusted': [everywhere('other users can write to nft', LOCAL, fakeNft('exec $real "$@"', '0777'))],
  'tool-failed': [everywhere('nft cannot be executed', LOCAL, fakeNft('exec $real "$@"', '0644'))],
  'nft-too-old': [
    everywhere(
      'nft is of an old distribution',
      LOCAL,
      fakeNft('[ "$1" = --version ] && exec echo "nftables v0.9.3 (Topsy)"; echo syntax error >&2; exit 1'),
    ),
  ],
  'nft-no-json': [
    everywhere('nft was built without JSON', LOCAL, fakeNft('echo "Error: JSON support not compiled-in" >&2; exit 1')),
  ],
  'nft-no-namespace': 'only what is tried in a scratch namespace is refused for it, such as plan itself',
  permission: [
    everywhere('a sysctl cannot be set', ENABLED, READ_ONLY('/proc/sys')),
    everywhere('that of one interface cannot be set', `${ENABLED}; ${ONE_CLOSED}`, READ_ONLY('/proc/sys')),
  ],
  'unsafe-environment': [everywhere('NODE_PATH is set', LOCAL, 'export NODE_PATH=/nonexistent')],
  rejected: [
    everywhere(
      'nft rejects every ruleset of ours',
      LOCAL,
      fakeNft(
        'case "$*" in *-f*) echo "Error: Could not process rule: Operation not supported" >&2; exit 1;; esac; exec $real "$@"',
      ),
    ),
  ],
  'nft-died': 'nft is killed while it runs',
  'not-loaded': 'the kernel is asked after the load',
  'foreign-table': [everywhere('the table is of another program', `${LOCAL}; nft add table inet portfwd`)],
  'forwarding-off': [
    everywhere('this host does not route', ROUTED),
    everywhere('the interface of the target does not route', `${ROUTED}; ${ONE_CLOSED}`),
  ],
  'many-removals': [
    everywhere(
      'the file lacks nearly all forwards that are loaded',
      `${MANY}; "$@" apply && printf 'version: 1\\nforwards: []\\n' > $model`,
    ),
    withoutPlan(
      ['add', '6999', '10.0.0.1:5000'],
      'the file lacks nearly all forwards that are loaded, and gets another one',
      `${MANY}; "$@" apply && printf 'version: 1\\nforwards: []\\n' > $model`,
    ),
    withoutPlan(
      ['apply'],
      'the state is gone, and the kernel shows what would be removed',
      `${MANY}; "$@" apply && rm -r /var/lib/portfwd /run/portfwd/applied.json && printf 'version: 1\\nforwards: []\\n' > $model`,
    ),
  ],
  'no-route': [
    everywhere(
      'no route to the target of a forward with loopback: true',
      model('forwarding: ignore\\nforwards:\\n  - {listen: 6001, target: 203.0.113.9, loopback: true}'),
    ),
  ],
  'needs-enable': [
    everywhere(
      'OpenRC restarts the firewall, and the forwards are not enabled',
      model('forwarding: enable\\nforwards:\\n  - "6000:10.0.0.2:5000"'),
      'mkdir -p /run/openrc; touch /run/openrc/softlevel; mount --bind /proc/$$ /proc/1',
    ),
  ],
  locked: 'another run may begin and end at any time',
  'window-open': [
    everywhere(
      'another change is pending',
      `${LOCAL}; "$@" apply --confirm 600 >/run/output 2>&1 </dev/null & until grep -q 'reverting in' /run/output; do sleep 0.1; done`,
    ),
  ],
  'no-window': 'only confirm asks for a pending change',
  'no-way-back': [
    withoutPlan(
      ['apply', '--confirm', '60'],
      'the loaded ruleset is not in the history',
      `${LOCAL}; "$@" apply && mv /var/lib/portfwd /var/lib/old && rm /run/portfwd/applied.json`,
    ),
  ],
  reverted: 'only the run that waited, confirm and rollback ask how a pending change ended',
  'no-generation': 'only rollback and diff take a generation, and they have no dry run',
  'many-forwards': 'graph changes nothing',
  'no-forward': [withoutPlan(['remove', 'web'], 'there is no such forward', LOCAL)],
  'no-editor': [
    withoutPlan(
      ['edit'],
      'there is no editor',
      LOCAL,
      `unset VISUAL EDITOR; ${without('/usr/bin', 'sensible-editor editor nano vi')}`,
    ),
  ],
  'editor-failed': [withoutPlan(['edit'], 'the editor fails', LOCAL, 'unset VISUAL; export EDITOR=false')],
  'boot-unsupported': [
    everywhere(
      'the main file of nftables includes the directory inside a table now',
      `${LOCAL}; "$@" apply && "$@" enable && printf 'table inet fw {\\n  include "/etc/nftables.d/*.nft"\\n}\\n' > /etc/nftables.conf; ${LOCAL.replace('6000', '6001')}`,
    ),
  ],
  'boot-refused': [
    everywhere(
      'the main file of nftables and the forwards do not load together',
      `${LOCAL}; "$@" apply && "$@" enable && printf 'table inet fw {\\n  include "/etc/nftables.d/*.nft"\\n}\\n' > /etc/more.nft && echo 'include "/etc/more.nft"' > /etc/nftables.conf; ${LOCAL.replace('6000', '6001')}`,
    ),
  ],
  'boot-foreign': [
    everywhere(
      'the boot file was changed by hand, and the model after that',
      `${LOCAL}; "$@" apply && "$@" enable && echo '# mine' >> /etc/nftables.d/portfwd.nft; ${LOCAL.replace('6000', '6001')}`,
    ),
    withoutPlan(
      ['enable'],
      'enable finds a boot file of another program',
      `${LOCAL}; mkdir -p /etc/nftables.d && echo '# mine' > /etc/nftables.d/portfwd.nft`,
    ),
  ],
  'boot-unwritable': 'only enable --root asks for a tree',
  'state-directory': [
    everywhere('other users can write to the state directory', `${LOCAL}; mkdir -m 777 /var/lib/portfwd`),
    everywhere('it belongs to another user', `${LOCAL}; mkdir -m 700 /var/lib/portfwd; chown 65534 /var/lib/portfwd`),
    everywhere('a directory above it belongs to another user', `${LOCAL}; chown 65534 /var/lib`),
    everywhere(
      'the directory of the lock cannot be written',
      `${LOCAL}; mkdir -p -m 700 /run/portfwd`,
      READ_ONLY('/run/portfwd'),
    ),
  ],
  'address-unavailable': 'only metrics --listen listens',
  'system-call': [
    everywhere(
      'the directory of the boot files cannot be written',
      `${LOCAL}; "$@" apply && "$@" enable; ${LOCAL.replace('6000', '6001')}`,
      READ_ONLY('/etc/nftables.d'),
    ),
  ],
  'host/listener-covered': [
    everywhere(
      'a process listens on the port',
      `${LOCAL}; '${process.execPath}' -e 'require("net").createServer().listen(6000)' >/dev/null 2>&1 </dev/null & until ss -Hltn | grep -q :6000; do sleep 0.1; done`,
    ),
  ],
};

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
});
afterEach(async () => host.remove());

const cases = Object.entries(REFUSALS).flatMap(([reason, refusals]) =>
  typeof refusals === 'string' ? [] : refusals.map((refusal) => ({ reason, ...refusal })),
);
const COMMAND = PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ');

test.each(cases)('$reason: $when', async ({ arrange, around, run, plan, reason }) => {
  const arranged = await host.run(`model=$PORTFWD_CONFIG; { ${arrange}; } >/dev/null`, ...PORTFWD_COMMAND);
  expect(arranged).toMatchObject({ exitCode: 0 });
  const answer = async (...args: readonly string[]): Promise<Answer> =>
    answerOf(await host.run(`${around}; exec ${COMMAND} "$@" --json </dev/null`, ...args));
  const refused = {
    reasons: [reason],
    exitCode: reason in FAILURES ? EXIT[FAILURES[reason as FailureReason]] : EXIT.findings,
  };
  const before = { ...(await host.sandbox.seen()), files: await files() };

  expect(await answer(...run, run[0] === 'enable' ? '--print' : '--dry-run')).toEqual(refused);
  if (plan) expect((await answer('plan')).reasons).toEqual([reason]);
  expect({ ...(await host.sandbox.seen()), files: await files() }).toEqual(before);

  expect(await answer(...run)).toEqual(refused);
  expect(before).toMatchObject(await host.sandbox.seen());
});

interface Answer {
  readonly reasons: readonly string[];
  readonly exitCode: number | undefined;
}

/** All that was refused, and why, from what was printed under --json. */
function answerOf({ exitCode, stdout, stderr }: Awaited<ReturnType<BootHost['run']>>): Answer {
  const { failure, refusals, findings } = {
    ...(JSON.parse(stdout || '{}') as Printed),
    ...(JSON.parse(stderr || '{}') as Printed),
  };
  const failures = refusals ?? (failure === undefined ? [] : [failure]);
  const errors = (findings ?? []).filter(({ severity }) => severity === 'error').map(({ code }) => code);
  return { exitCode, reasons: [...failures.map(({ reason }) => reason), ...errors] };
}

interface Printed {
  readonly failure?: { readonly reason: string };
  readonly refusals?: readonly { readonly reason: string }[];
  readonly findings?: readonly { readonly code: string; readonly severity: string }[];
}

/** Checksums of all that portfwd may write to. */
const files = async (): Promise<string> =>
  (await host.run('find /etc/nftables.d /var/lib/portfwd /run/portfwd -type f -exec sha256sum {} + 2>/dev/null | sort'))
    .stdout;
