import { afterAll, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, portfwd, runIn, type Run } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({ 'good.yaml': GOOD, 'any.yaml': GOOD.replace('192.0.2.1:', '') });
afterAll(remove);

/** Runs a shell script as root in user, network and mount namespaces of its own. */
const inPlace = (script: string, env: Record<string, string> = {}): Promise<Run> =>
  runIn(cwd, 'unshare', ['--map-root-user', '--net', '--mount', 'sh', '-c', script], {
    PORTFWD_STATE_DIR: `${cwd}/state`,
    NODE: process.execPath,
    BUILT,
    ...env,
  });

/** Mounts a script over nft, and runs the commands that use nft. */
const withNft = (mode: string, nft: string): Promise<Run> =>
  inPlace(
    `printf '%s\\n' "$NFT" > nft; chmod ${mode} nft; mount --bind nft "$(readlink -f "$(command -v nft)")" || exit 9
     for command in check apply status list; do "$NODE" "$BUILT" $command good.yaml; echo $command $?; done`,
    { NFT: nft, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  );

const CODES = (code: number): string =>
  ['check', 'apply', 'status', 'list'].map((name) => `${name} ${code}\n`).join('');

test.each([
  ['that other users can modify is not run', '0777', '#!/bin/sh\ntouch run-by-portfwd', 3, /tool-untrusted/],
  ['that cannot be run', '0644', '#!/bin/sh', 3, /nft cannot be run/],
  [
    'that is too old is named',
    '0755',
    '#!/bin/sh\n[ "$1" = --version ] && exec echo "nftables v0.9.3 (Topsy)"\necho syntax error >&2; exit 1',
    3,
    /nft 0\.9\.3 is too old/,
  ],
  [
    'without JSON',
    '0755',
    '#!/bin/sh\necho "Error: JSON support not compiled-in" >&2; exit 1',
    3,
    /built without JSON/,
  ],
  ['that dies', '0755', '#!/bin/sh\nkill -SEGV $$', 4, /nft was killed by SIGSEGV/],
] as const)('a nft %s', async (_, mode, nft, code, says) => {
  const { exitCode, stdout, stderr } = await withNft(mode, nft);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: CODES(code) });
  const complaints = stderr.split('\n').filter((line) => line.startsWith('portfwd: '));
  expect(complaints).toHaveLength(4);
  for (const line of complaints) expect(line).toMatch(says);
  expect((await runIn(cwd, 'ls', [])).stdout).not.toContain('run-by-portfwd');
});

test('with too few open files, a command says so and ends only itself', async () => {
  const limits = Array.from({ length: 10 }, (_, index) => 22 + 2 * index);
  // A signal to process 0 would end this group.
  const { stdout, stderr } = await inPlace(
    `setsid -w sh -c 'for n in ${limits.join(' ')}; do (ulimit -n $n; exec "$NODE" "$BUILT" apply any.yaml); echo $n $?; done'`,
  );
  const codes = new Map(stdout.match(/^\d+ \d+$/gm)?.map((line) => line.split(' ') as [string, string]));
  expect([...codes.keys()].map(Number)).toEqual(limits);
  expect([...codes.values()]).toContain('3');
  expect([...codes.values()]).not.toContain('137');
  expect(stderr).toMatch(/^portfwd: error: .*\[tool-failed\]\n {2}spawn \S+ EMFILE$/m);
});

test.each([
  ['NODE_OPTIONS', '--no-warnings'],
  ['NODE_PATH', '/nonexistent'],
  ['NODE_V8_COVERAGE', './coverage'],
  ['NODE_REDIRECT_WARNINGS', './warnings'],
  ['OPENSSL_CONF', '/nonexistent'],
])('root is not led by %s, which could hold any code', async (name, value) => {
  const { exitCode, stderr } = await inPlace('"$NODE" "$BUILT" status good.yaml', { [name]: value });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 3,
    stderr: expect.stringMatching(`${name} is set.+unsafe-environment`) as string,
  });
});

test('down works even if the record of saved sysctls is damaged', async () => {
  const { exitCode, stdout } = await inPlace(
    'mkdir -m 700 damaged; for text in "" "{" "a b c"; do echo "$text" > damaged/sysctls; "$NODE" "$BUILT" down --state-dir damaged; done',
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'there was nothing to remove\n'.repeat(3) });
});

test('with --json all that is said on the way is one document', async () => {
  const { exitCode, stderr } = await inPlace('"$NODE" "$BUILT" apply --json any.yaml >/dev/full');
  expect(exitCode).toBe(3);
  expect(JSON.parse(stderr)).toMatchObject({
    findings: [{ code: 'listen/loopback-left-alone' }, { code: 'host/target-away' }],
    failure: { reason: 'output-unwritable', message: expect.stringMatching('the command did its work') as string },
  });
  expect(JSON.parse((await portfwd(cwd, ['apply', '--json', '--nope'])).stderr)).toEqual({
    messages: ["error: unknown option '--nope'"],
  });
});
