import { afterAll, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, runIn, type Run } from '../support/portfwd.ts';

const BAD = {
  'port.yaml': GOOD.replace('6000', '0'),
  'overlap.yaml': `${GOOD}  - "192.0.2.1:6000-6001:192.0.2.8"\n`,
  'syntax.yaml': GOOD.replace('"192.0.2.1', '"[192.0.2.1'),
  'unquoted.yaml': 'version: 1\nforwards:\n- listen: [::]:443\n  target: 10.0.0.2\n',
  'empty.yaml': '',
  'cut.yaml': GOOD.slice(0, 50),
  'proto.yaml': `${GOOD}__proto__: {forwards: []}\n`,
  'alias.yaml': 'version: 1\nforwards: [*a]\n',
  'deep.yaml': '['.repeat(20_000),
  'utf16.yaml': 'v\u0000e\u0000r\u0000',
  'large.yaml': `${GOOD}#${' '.repeat(67_108_864)}`,
};
const { path: cwd, remove } = directoryWith({
  'good.yaml': GOOD,
  'bound.yaml': `${GOOD}  - {listen: 6001, target: 192.0.2.1:80, interface: pf0}\n`,
  'changed.yaml': GOOD.replace('6000', '6001'),
  'many.yaml': `${GOOD}${Array.from({ length: 9000 }, (_, index) => `  - "192.0.2.1:${10_000 + index}:192.0.2.7:80"\n`).join('')}`,
  ...BAD,
});
afterAll(remove);

/** In a network namespace of its own, where we are root: real nft, and nothing of this machine is touched. */
const inNamespace = (script: string): Promise<Run> =>
  runIn(cwd, 'unshare', ['--map-root-user', '--net', 'sh', '-c', script], {
    PORTFWD_STATE_DIR: `${cwd}/state`,
    NODE: process.execPath,
    BUILT,
  });

const RULESET = 'nft list ruleset';

test('a file with any error leaves the kernel as it was', async () => {
  const tries = Object.keys(BAD).map(
    (file) => `"$NODE" "$BUILT" apply ${file}; echo "${file} $?"; ${RULESET} > now; cmp before now || exit 9`,
  );
  const { exitCode, stdout } = await inNamespace(
    `"$NODE" "$BUILT" apply good.yaml && ${RULESET} > before && grep -q 6000 before || exit 8; ${tries.join('; ')}`,
  );
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').slice(2, -1)).toEqual(Object.keys(BAD).map((file) => `${file} 1`));
});

test('a good file changes it, and down removes it: the comparison can tell', async () => {
  const { exitCode, stdout } = await inNamespace(
    `"$NODE" "$BUILT" apply good.yaml && ${RULESET} > one && "$NODE" "$BUILT" apply changed.yaml && ${RULESET} > two && ! cmp -s one two && "$NODE" "$BUILT" down >/dev/null && ${RULESET}`,
  );
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: '1 forward loaded\n+1 ~0 -0, 0 unchanged\n1 forward loaded\n+1 ~0 -1, 0 unchanged\n',
  });
});

test('check needs no rights: a user like any other, a real nft in a namespace of its own', async () => {
  const asUser = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const words = [...(process.getuid?.() === 0 ? asUser : []), process.execPath, BUILT, 'check'];
  const check = (file: string): Promise<Run> => runIn(cwd, 'env', [...words, file]);
  const good = await check('good.yaml');
  expect(good).toEqual({
    exitCode: 0,
    stdout: 'good.yaml: 1 forward, no errors; nft accepts the ruleset\n',
    // The network of the machine that runs the tests may have the addresses of the file.
    stderr: expect.stringMatching(
      /^good\.yaml:4:5 forwards\[0\]\.listen: note: [^\n]+ \[host\/address-absent\]\n(?:[^\n]+ \[host\/return-path\]\n)?$/,
    ),
  });
  const bad = await check('overlap.yaml');
  expect({ ...bad, stderr: bad.stderr.split(' ')[0] }).toEqual({ exitCode: 1, stdout: '', stderr: 'overlap.yaml:5:5' });
});

test('interfaces and addresses that the host does not have are told, until it has them', async () => {
  const { exitCode, stdout, stderr } = await inNamespace(
    [
      'ip link set lo up',
      '"$NODE" "$BUILT" check bound.yaml 2>&1 || exit 8',
      '"$NODE" "$BUILT" apply bound.yaml 2>&1 || exit 7',
      'ip link add pf0 type veth peer name pf1 && ip address add 192.0.2.1/24 dev pf0 && ip link set pf1 up && ip link set pf0 up || exit 6',
      'echo; "$NODE" "$BUILT" check bound.yaml 2>&1',
    ].join('\n'),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [before = '', after = ''] = stdout.split('\n\n');
  const codes = before.split('\n').map((line) => /(warning|note): .*\[(.*)\]$/.exec(line)?.slice(1).join(' '));
  const all = ['warning host/interface-absent', 'note host/address-absent', 'warning host/target-away'];
  expect(codes).toEqual([...all, undefined, ...all, undefined, undefined]);
  expect(after).toBe('bound.yaml: 2 forwards, no errors; nft accepts the ruleset\n');
});

test('thousands are no longer than a namespace of its own takes: checked, compared, and loaded or refused whole', async () => {
  const { exitCode, stdout, stderr } = await inNamespace(
    [
      '"$NODE" "$BUILT" check many.yaml || exit 8',
      `"$NODE" "$BUILT" apply good.yaml >/dev/null && ${RULESET} > before`,
      '"$NODE" "$BUILT" status many.yaml > drift; [ $? = 1 ] || exit 7',
      'grep -q drifted drift || exit 6',
      `"$NODE" "$BUILT" apply many.yaml || { [ $? = 4 ] && ${RULESET} | cmp - before; }`,
    ].join('\n'),
  );
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
  expect(`${stdout}${stderr}`).toMatch(/^many.yaml: 9001 forwards, no errors[^]*(9001 forwards loaded|wmem_max)/);
});
