import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST, startCountersLab, type CountersLab } from '../counters/counters-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { COUNTERS, FORWARDS, flush, inStats, inText, valuesIn } from './metrics-lab.ts';
import { expressions, nodeExporterReads, promtool } from './prometheus.ts';

const DOCS = new URL('../../../docs/monitoring/', import.meta.url).pathname;
const HERE = new URL('./', import.meta.url).pathname;
let flows: CountersLab;
beforeAll(async () => {
  flows = await startCountersLab();
  await flows.apply(FORWARDS);
});
afterAll(async () => flows.lab.stop());

async function printed(): Promise<string> {
  const { exitCode, stdout, stderr } = await flows.lab.portfwd(['metrics']);
  expect(`${exitCode} ${stderr}`).toBe('0 ');
  return `${stdout}\n`;
}

test('the values are those of stats, and promtool accepts their names', async () => {
  await flows.talkBoth();
  const open = await flows.open('client', 'tcp', HOST, 6000);
  const text = await printed();
  await open.end();
  expect(await promtool(['check', 'metrics'], text)).toEqual({ exitCode: 0, all: '' });
  for (const name of ['up', 'table_loaded', 'in_sync', 'config_valid'])
    expect(valuesIn(text, `portfwd_${name}`)).toEqual({ '': 1 });
  expect(valuesIn(text, 'portfwd_forwards_loaded')).toEqual({ '': 2 });
  expect(valuesIn(text, 'portfwd_forward_open_connections')).toMatchObject({ other: 0 });
  expect(valuesIn(text, 'portfwd_forward_open_connections')['web']).toBeGreaterThan(0);
  expect(valuesIn(text, 'portfwd_forward_clients')).toEqual({ web: 1, other: 0 });
  expect(valuesIn(text, 'portfwd_forward_warnings')).toEqual({ web: 0, other: 0 });
  expect(text).not.toContain('203.0.113.7');
  await flows.witnessed('client');
  const quiet = inText(await printed());
  expect(quiet).toEqual(await inStats(flows));
  expect(quiet['portfwd_forward_connections_total']).toEqual({ web: 3, other: 0 });
});

/** What other programs and changes do to the values in the kernel. */
const RESETS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['every set is flushed', async () => flush(flows, 'first', 'sent', 'replies')],
  ['one set is flushed', async () => flush(flows, 'sent')],
  ['the table is removed, and apply loads it', async () => removed()],
  ['counters: false, and on again', async () => flows.applyWith({ counters: false }, FORWARDS)],
];

const removed = async (): Promise<string> => flows.lab.sh('host', 'nft delete table inet portfwd_counters');

test.each(RESETS)('the counters never become smaller: %s', async (_, reset) => {
  await flows.talkBoth();
  const before = inText(await printed());
  await reset();
  const during = inText(await printed());
  await flows.apply(FORWARDS);
  await flows.talkBoth();
  const after = inText(await printed());
  expect(after).toEqual(await inStats(flows));
  for (const name of Object.keys(COUNTERS)) {
    const [first = 0, second, third = 0] = [before, during, after].map((values) => values[name]?.['web']);
    expect({ name, second }).toEqual({ name, second: first });
    expect({ name, grew: third > first }).toEqual({ name, grew: true });
    expect({ name, twice: third - first > first }).toEqual({ name, twice: false });
  }
});

test('a file with errors, and a kernel that differs, show', async () => {
  const { lab } = flows;
  lab.writeModel('version: 1\nforwards:\n  - "0:10.0.0.2"\n');
  const wrong = await printed();
  expect(valuesIn(wrong, 'portfwd_config_valid')).toEqual({ '': 0 });
  expect(wrong).not.toContain('portfwd_in_sync');
  expect(valuesIn(wrong, 'portfwd_forward_connections_total')).toHaveProperty('web');
  lab.writeModel(JSON.stringify({ version: 1, forwards: FORWARDS.slice(0, 1) }));
  expect(valuesIn(await printed(), 'portfwd_in_sync')).toEqual({ '': 0 });
  await lab.sh(
    'host',
    'nft add table inet deny; nft add chain inet deny c "{ type filter hook forward priority 0; policy drop; }"',
  );
  expect(valuesIn(await printed(), 'portfwd_forward_warnings')).toEqual({ web: 1 });
  await lab.sh('host', 'nft delete table inet deny; nft delete table inet portfwd');
  const missing = await printed();
  expect(valuesIn(missing, 'portfwd_table_loaded')).toEqual({ '': 0 });
  expect(valuesIn(missing, 'portfwd_in_sync')).toEqual({ '': 0 });
  await flows.apply(FORWARDS);
});

const textfile = async (path: string) => flows.lab.portfwd(['metrics', '--textfile', path]);

test('--textfile replaces the file in one step, with mode 0644', async () => {
  const directory = join(flows.lab.directory, 'textfile');
  mkdirSync(directory);
  const path = join(directory, 'portfwd.prom');
  writeFileSync(path, 'earlier\n', { mode: 0o600 });
  const { ino } = statSync(path);
  expect(await textfile(path)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(statSync(path).ino).not.toBe(ino);
  expect(statSync(path).mode & 0o7777).toBe(0o644);
  expect(inText(readFileSync(path, 'utf8'))).toEqual(await inStats(flows));
  expect(readdirSync(directory)).toEqual(['portfwd.prom']);
});

test('node_exporter reads the file', async () => {
  const directory = join(flows.lab.directory, 'exported');
  mkdirSync(directory);
  expect(await textfile(join(directory, 'portfwd.prom'))).toMatchObject({ exitCode: 0 });
  const text = await nodeExporterReads(flows.lab, directory);
  expect(inText(text)).toEqual(await inStats(flows));
  expect(valuesIn(text, 'node_textfile_scrape_error')).toEqual({ '': 0 });
  // The alert rule for an old file looks for its name.
  expect(text).toMatch(/^node_textfile_mtime_seconds\{file=".*portfwd\.prom"\} /m);
});

test('--textfile refuses everything that is not a regular file', async () => {
  const directory = join(flows.lab.directory, 'odd');
  mkdirSync(join(directory, 'directory.prom'), { recursive: true });
  symlinkSync('/etc/hostname', join(directory, 'link.prom'));
  symlinkSync('/nonexistent', join(directory, 'dangling.prom'));
  await flows.lab.sh('host', `mkfifo ${directory}/pipe.prom`);
  const before = readdirSync(directory).map((name) => [name, lstatSync(join(directory, name)).ino]);
  const paths = [...readdirSync(directory), 'none/x.prom'].map((name) => join(directory, name));
  for (const refused of await Promise.all(paths.map(textfile)))
    expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[output-unwritable]') });
  expect(readdirSync(directory).map((name) => [name, lstatSync(join(directory, name)).ino])).toEqual(before);
  expect(await textfile(join(directory, 'other.txt'))).toMatchObject({ exitCode: 2 });
});

test('if nothing can be read, the file has no earlier values', async () => {
  const path = join(flows.lab.directory, 'unreadable.prom');
  const state = flows.lab.env['PORTFWD_STATE_DIR'] ?? '';
  const counters = readFileSync(join(state, 'counters.json'));
  expect(await textfile(path)).toMatchObject({ exitCode: 0 });
  writeFileSync(join(state, 'counters.json'), '{}');
  expect((await textfile(path)).exitCode).toBe(3);
  expect(readFileSync(path, 'utf8').replaceAll(/^#.*\n/gm, '')).toBe('portfwd_up 0\n');
  expect(await flows.lab.portfwd(['metrics'])).toMatchObject({ exitCode: 3, stdout: '' });
  writeFileSync(join(state, 'counters.json'), counters);
});

/** The systemd units, with few capabilities: what the units say can be checked without systemd only in part. */
test('the capabilities of the unit are enough', async () => {
  const unit = readFileSync(join(DOCS, 'portfwd-metrics.service'), 'utf8');
  const capabilities = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
  const kept = capabilities.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`);
  const limits = ['setpriv', '--no-new-privs', `--bounding-set=-all,${kept.join(',')}`, `--inh-caps=-all`];
  const limited = await execa(
    'ip',
    [
      'netns',
      'exec',
      'host',
      'unshare',
      '-m',
      'sh',
      '-ec',
      'mount -o bind,ro /proc/sys /proc/sys; exec "$@"',
      'sh',
      ...limits,
      ...PORTFWD_COMMAND,
      'metrics',
    ],
    { env: flows.lab.env, reject: false },
  );
  expect({ stderr: limited.stderr, stdout: settled(`${limited.stdout}\n`) }).toEqual({
    stderr: '',
    stdout: settled(await printed()),
  });
});

/** Without how many connections are open: those of earlier tests may end between two readings. */
const settled = (text: string): string =>
  text.replaceAll(/^(portfwd_forward_(?:open_connections|clients)\{.*\}) \d+$/gm, '$1');

test('systemd accepts the units', async () => {
  const directory = join(flows.lab.directory, 'units');
  mkdirSync(directory);
  const units = readdirSync(DOCS).filter((name) => /\.(?:service|timer)$/.test(name));
  for (const name of units)
    writeFileSync(join(directory, name), readFileSync(join(DOCS, name), 'utf8').replace('=portfwd ', '=/bin/true '));
  const paths = units.map((name) => join(directory, name)).join(' ');
  expect(await flows.lab.sh('host', `systemd-analyze verify ${paths} 2>&1 || echo failed`)).toBe('');
});

test('promtool accepts the alert rules, and they fire when they should', async () => {
  const directory = join(flows.lab.directory, 'rules');
  mkdirSync(directory);
  copyFileSync(join(DOCS, 'alerts.yaml'), join(directory, 'alerts.yaml'));
  const table = expressions().find((text) => text.includes('group_left')) ?? '';
  const rules = readFileSync(join(HERE, 'alerts.yaml'), 'utf8').replace(
    'expr: FORWARDS',
    `expr: ${JSON.stringify(table)}`,
  );
  writeFileSync(join(directory, 'test.yaml'), rules);
  expect(await promtool(['check', 'rules', join(directory, 'alerts.yaml')])).toMatchObject({ exitCode: 0 });
  const { exitCode, all } = await promtool(['test', 'rules', join(directory, 'test.yaml')]);
  expect(`${exitCode} ${all}`).toMatch(/^0 /);
});
