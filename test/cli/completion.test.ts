import { readdirSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { directoryWith, portfwd } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({
  'portfwd.yaml': `version: 1
forwards:
  - {name: web, listen: 80, target: 10.0.0.2}
  - {name: dns, protocol: udp, listen: 53, target: 10.0.0.53, enabled: false}
  - "[2001:db8::1]:443:[2001:db8::10]:8443"
`,
  'broken.yaml': 'version: 1\nforwards: [',
  'parts.yaml': 'version: 1\nforwards:\n  - {name: web, listen: 80, target: 10.0.0.2}\n',
  'parts.d/20-mail.yaml': 'forwards:\n  - {name: mail, listen: 25, target: 10.0.0.3}\n',
  'parts.d/30 games.yaml': 'forwards:\n  - {name: games, listen: 27015, target: 10.0.0.4}\n',
  'parts.d/20-mail.yaml~': 'forwards: []\n',
  'parts.d/.hidden.yaml': 'forwards: []\n',
  'state/history/000001.json': JSON.stringify(generation('apply')),
  'state/history/000002.json': JSON.stringify(generation('add 80 10.0.0.2')),
  'state/history/000010.json': JSON.stringify(generation('apply')),
});
afterAll(remove);

function generation(command: string) {
  return {
    version: 1,
    time: '2026-01-02T03:04:05.000Z',
    user: 'root',
    command,
    file: '-',
    marker: 'pf_gen_1',
    forwards: 1,
  };
}

/** No program can be run, and the state directory cannot be one. */
const env = { PORTFWD_CONFIG: `${cwd}/portfwd.yaml`, PATH: '/nowhere', PORTFWD_STATE_DIR: '/dev/null' };

async function completed(...words: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await portfwd(cwd, ['complete', '--', ...words], env);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.split('\n').slice(0, -1);
}

const valuesOf = async (...words: string[]): Promise<string[]> =>
  (await completed(...words)).map((line) => line.replace(/\t.*/, ''));

const NAMES = ['web', 'dns', 'tcp6-2001:db8::1-443'];

test.concurrent.each([
  ['commands', ['st'], ['status', 'stats']],
  ['a command that is not in the help', ['revert'], []],
  ['options of portfwd', ['--'], ['--help', '--version']],
  ['names', ['remove', ''], NAMES],
  ['names that are not given yet', ['remove', 'web', ''], ['dns', 'tcp6-2001:db8::1-443']],
  ['names with a colon', ['remove', 'tcp6-2001:'], ['tcp6-2001:db8::1-443']],
  ['names or files', ['list', 'w'], ['web', ':files']],
  ['names of another file', ['remove', '--config', 'broken.yaml', ''], []],
  ['names of another file, in one word', ['remove', '--config=none.yaml', ''], []],
  ['names in several files', ['remove', '--config', 'parts.yaml', ''], ['web', 'mail', 'games']],
  ['forwards of several files', ['set', '--config=parts.yaml', 'ma'], ['mail']],
  ['files for a new forward', ['add', '--config', 'parts.yaml', '--file', ''], ['20-mail.yaml', '30 games.yaml']],
  ['files for a new forward, in one word', ['add', '--config=parts.yaml', '--file=2'], ['--file=20-mail.yaml']],
  ['files for a new forward, without a directory', ['add', '--file', ''], []],
  [
    'forwards and files to edit',
    ['edit', '--config', 'parts.yaml', ''],
    ['web', 'mail', 'games', '20-mail.yaml', '30 games.yaml'],
  ],
  ['paths to edit', ['edit', '--config', 'parts.yaml', 'parts.d/'], [':files']],
  ['generations', ['rollback', '--state-dir', 'state', ''], ['10', '2', '1']],
  ['one generation', ['rollback', '--state-dir=state', ''], ['10', '2', '1']],
  ['only one generation', ['rollback', '--state-dir', 'state', '2', ''], []],
  ['two generations', ['diff', '--state-dir', 'state', '2', ''], ['10', '1']],
  ['no generations without a history', ['diff', ''], []],
  ['nothing for history', ['history', '--state-dir', 'state', ''], []],
  ['forwards or a key of the whole file', ['set', ''], [...NAMES, 'forwarding=']],
  ['keys', ['set', 'web', 'ma'], ['masquerade=']],
  ['keys that are not given yet', ['set', 'web', 'mss=clamp', 'm'], ['masquerade=']],
  ['values of a key', ['set', 'web', 'masquerade=a'], ['masquerade=auto', 'masquerade=always']],
  ['no keys of a forward for the whole file', ['set', 'forwarding=enable', ''], []],
  ['true and false', ['set', 'web', 'enabled='], ['enabled=true', 'enabled=false']],
  ['items of a list', ['set', 'web', 'protocol=tcp,'], ['protocol=tcp,udp', 'protocol=tcp,sctp']],
  ['options that are not given yet', ['apply', '--dry-run', '--dr'], []],
  ['options', ['apply', '--dr'], ['--dry-run']],
  ['values of an option', ['add', '--masquerade', ''], ['auto', 'always', 'never']],
  ['values of an option, in one word', ['add', '--mss=c'], ['--mss=clamp']],
  ['values of a list', ['add', '--protocol', 'udp,s'], ['udp,sctp']],
  ['files of an option', ['apply', '--config', ''], [':files']],
  ['directories', ['status', '--state-dir', ''], [':directories']],
  ['host facts', ['compile', '--host-facts', ''], ['live', ':files']],
  ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
  ['topics of the help', ['help', 'mo'], ['model']],
  ['no options behind --', ['remove', '--', '--'], []],
  ['an unknown command', ['nope', ''], []],
])('%s', async (_, words, expected) => {
  expect(await valuesOf(...words)).toEqual(expected);
});

test('interfaces', async () => {
  const names = readdirSync('/proc/sys/net/ipv4/conf').filter((name) => !['all', 'default', 'lo'].includes(name));
  expect((await valuesOf('add', '--interface', '')).sort()).toEqual(names.sort());
  expect(await valuesOf('set', 'web', 'interface=')).toHaveLength(names.length);
});

test('each has a description', async () => {
  expect(await completed('set', 'web', 'mss')).toEqual([expect.stringMatching(/^mss=\tclamp: lower the MSS/)]);
  expect(await completed('remove', 'w')).toEqual(['web\t80 -> 10.0.0.2']);
  expect(await completed('diff', '--state-dir', 'state', '2')).toEqual(['2\t2026-01-02T03:04:05.000Z add 80 10.0.0.2']);
  for (const line of await completed('')) expect(line).toMatch(/^[a-z]+\t\w/);
});
