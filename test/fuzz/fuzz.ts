import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { compareTables } from '../../src/compare/tables.ts';
import { readForwardGuard } from '../../src/diagnose/guard-in-kernel.ts';
import { connectionJson, formatConnection } from '../../src/cli/format/trace/traced-connection.ts';
import { Failure } from '../../src/failure/failure.ts';
import { deletionOf } from '../../src/host/conntrack/netlink.ts';
import { systemHost } from '../../src/host/host.ts';
import { run } from '../../src/host/process/run.ts';
import { lower } from '../../src/lower/lower.ts';
import { readListing } from '../../src/nft-json/objects.ts';
import { collect } from '../../src/trace/collect.ts';
import { isOver, judge } from '../../src/trace/verdict.ts';
import { GATEWAY, modelOf } from '../support/model.ts';
import { PIECES, VALUES } from './pieces.ts';
import { assertDeletes } from './netlink-message.ts';
import { HOST, MODEL, OUTPUTS, recordedState, runWith, use, type Ending } from './recorded-host.ts';

/** Those that only read. Nearly everything that is read, they read. */
const COMMANDS = [
  ['status'],
  ['status', '--json'],
  ['plan'],
  ['plan', '--json'],
  ['check'],
  ['check', '--json'],
  ['explain', '--from', '198.51.100.9', '--to', '203.0.113.1:6000'],
  ['explain', '--json', '--from', '2001:db8:9::9', '--to', '[2001:db8::1]:443'],
  ['facts'],
  ['history'],
  ['history', '--json'],
  ['diff'],
  ['list'],
  ['apply', '--dry-run'],
  ['apply', '--dry-run', '--json'],
  ['compile'],
];

const mutation = fc.record({
  how: fc.constantFrom(
    'cut',
    'drop',
    'insert',
    'repeat',
    'value',
    'value',
    'value',
    'without',
    'other',
    'empty',
    'fails',
    'killed',
  ),
  at: fc.nat(1_000_000),
  length: fc.nat(40),
  piece: fc.constantFrom(...PIECES),
  value: fc.constantFrom<unknown>(...VALUES),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(text: string, { how, at, length, piece, value }: Mutation): string {
  const from = at % (text.length + 1);
  switch (how) {
    case 'cut':
      return text.slice(0, from);
    case 'drop':
      return text.slice(0, from) + text.slice(from + length + 1);
    case 'repeat':
      return text.slice(0, from) + text.slice(from, from + length).repeat(3) + text.slice(from);
    case 'value':
      return mutateJson(text, at, value) ?? text.slice(0, from) + JSON.stringify(value) + text.slice(from + length);
    case 'without':
      return mutateJson(text, at, undefined) ?? '';
    case 'empty':
      return '';
    case 'other':
      return Object.values(OUTPUTS)[at % Object.keys(OUTPUTS).length] ?? '';
    default:
      return text.slice(0, from) + piece + text.slice(from);
  }
}

/** Replaces one value somewhere in it. Undefined: it is not JSON. */
function mutateJson(text: string, at: number, value: unknown): string | undefined {
  let nodes = 0;
  const walk = (_: string, node: unknown): unknown => (nodes++ === chosen ? value : node);
  let chosen = -1;
  try {
    const parsed: unknown = JSON.parse(text);
    JSON.stringify(parsed, walk);
    chosen = at % nodes;
    nodes = 0;
    return JSON.stringify(parsed, walk) ?? '';
  } catch {
    return undefined;
  }
}

const STATE = await recordedState();
const SOURCES = [...Object.keys(OUTPUTS), ...Object.keys(STATE)];

const mutations = fc.array(fc.tuple(fc.constantFrom(...SOURCES), mutation), { minLength: 1, maxLength: 3 });

/** A pending change is settled by each command first, so in most runs there is none. */
const cases = fc.record({ args: fc.constantFrom(...COMMANDS), mutations, pending: fc.integer({ min: 0, max: 9 }) });

function mutatedOutput(name: string, mutated: readonly (readonly [string, Mutation])[]): Ending {
  let ending: Ending = { exitCode: 0, stdout: OUTPUTS[name] ?? '', stderr: '' };
  for (const [source, one] of mutated)
    if (source === name) {
      const stdout = mutate(ending.stdout, one);
      if (one.how === 'fails') ending = { exitCode: 1, stdout: '', stderr: `${one.piece}\n` };
      else if (one.how === 'killed') ending = { exitCode: undefined, stdout, stderr: '' };
      else ending = { ...ending, stdout };
    }
  return ending;
}

const mutatedState = (mutated: readonly (readonly [string, Mutation])[], withPending: boolean) =>
  Object.fromEntries(
    Object.entries(STATE)
      .filter(
        ([name]) =>
          withPending || !['window.json', 'boot.json'].includes(name) || mutated.some(([source]) => source === name),
      )
      .map(([name, text]) => [
        name,
        mutated.filter(([source]) => source === name).reduce((some, [, one]) => mutate(some, one), text),
      ]),
  );

const { nft, conntrack } = HOST;
const { forwards: FORWARDS, ...SETTINGS } = modelOf(MODEL);
const RULESET = lower({ ...SETTINGS, forwards: FORWARDS }, GATEWAY);
const TARGETS = ['192.168.0.2', '10.0.0.53', '2001:db8::10', '10.0.0.7'];

/** What reads the output of a program, each without the others. */
const READERS: Readonly<Record<string, () => Promise<unknown>>> = {
  'host facts': async () => systemHost.readHostFacts({}, Promise.resolve(TARGETS)),
  'the main table': systemHost.readMainTable,
  interfaces: systemHost.readLinks,
  'routing marks': systemHost.readRoutingMarks,
  routes: async () => systemHost.routeLookups(TARGETS.map((to) => ({ to, fibmatch: true }))),
  'tables of others': async () => systemHost.readRoutingTables([{ family: 'inet', name: 'portfwd' }]),
  'the chains of portfwd': async () => nft.chainNames('portfwd'),
  'the guard': async () => readForwardGuard(await nft.listChain('portfwd', 'pf_forward_guard')),
  counters: async () => nft.countedPackets('portfwd', 'pf_forward_guard'),
  'the table of portfwd': async () => {
    const kernel = await nft.listTable('portfwd');
    const desired = readListing(OUTPUTS['nft -j -n list table inet portfwd'] ?? '') ?? [];
    return compareTables(kernel, desired, RULESET, FORWARDS);
  },
  connections: async () => conntrack.dump(),
  'trace events': async () => {
    const { stdout } = await run('nft', ['monitor', 'trace']);
    const collector = collect('pf_trace_1', 3);
    for (const line of stdout.split('\n')) collector.read(line, 0);
    for (const connection of collector.connections()) {
      const judged = judge(connection, collector.lost());
      const told = { ...judged, number: 1, forward: undefined, candidates: [], why: undefined, waited: 3 };
      assert.ok([true, false].includes(isOver(connection)));
      assert.doesNotMatch(formatConnection(told), /[^\n\P{Cc}]|[\p{Cf}\u2028]/u);
      JSON.stringify(connectionJson(told));
    }
  },
  'deletions of connections': async () => {
    const flows = await conntrack.dump();
    for (const flow of flows) assertDeletes(deletionOf(flow), flow);
    assert.ok(Number.isInteger(await conntrack.removeEach(flows)));
  },
};

const commands = fc.asyncProperty(cases, async ({ args, mutations: mutated, pending }) => {
  use((name) => mutatedOutput(name, mutated));
  const { exit, out, err } = await runWith(args, mutatedState(mutated, pending === 0));
  assert.ok([0, 1, 3, 4, 5, 6].includes(exit), `exit ${exit}`);
  if (exit === 3) assert.notEqual(err, '');
  if (args.includes('--json')) for (const text of [out, err]) if (text !== '') JSON.parse(text);
  if (!['compile', 'facts'].includes(args[0] ?? '')) assert.doesNotMatch(out + err, /[^\n\P{Cc}]|[\p{Cf}\u2028]/u);
});

async function readerProperty(read: () => Promise<unknown>) {
  const used = new Set<string>();
  use((name) => {
    used.add(name);
    return mutatedOutput(name, []);
  });
  await read();
  const ofThis = fc.array(fc.tuple(fc.constantFrom(...used), mutation), { minLength: 1, maxLength: 3 });
  return fc.asyncProperty(ofThis, async (mutated) => {
    use((name) => mutatedOutput(name, mutated));
    try {
      await read();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      assert.match(error.message, /\b(?:ip|nft|conntrack|bridge|perl)\b/);
    }
  });
}

/** Without mutations nothing is wrong. */
async function expectRecordedToWork(): Promise<void> {
  use((name) => mutatedOutput(name, []));
  for (const args of COMMANDS) {
    const { exit, err } = await runWith(args, mutatedState([], false));
    assert.ok(exit === 0 || exit === 1, `${args.join(' ')}: exit ${exit}: ${err}`);
  }
}

const [runs = '10000', seed = `${Date.now() % 1_000_000_000}`] = process.argv.slice(2);
console.log(`${runs} inputs for each reader, seed ${seed}`);
await expectRecordedToWork();
await search('commands', commands);
for (const [name, read] of Object.entries(READERS)) await search(name, await readerProperty(read));

async function search<T>(name: string, property: fc.IAsyncProperty<T>): Promise<void> {
  const start = performance.now();
  await fc.assert(property, { numRuns: Number(runs), seed: Number(seed) });
  console.log(`${name}: nothing found in ${Math.round((performance.now() - start) / 1000)} s`);
}
