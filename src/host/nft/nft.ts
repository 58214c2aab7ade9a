import { bodiesOf, readListing, soleEntry, type NftObject } from '../../nft-json/objects.ts';
import { fdPath, withAnonymousFiles } from '../process/anonymous-file.ts';
import { binary } from '../process/binary.ts';
import { run, type Outcome } from '../process/run.ts';
import { unreadableOutput } from '../process/read-json.ts';
import { scratchNetwork } from '../process/scratch-namespace.ts';
import { nftFailure, type Operation } from './failure.ts';
import { splitTransaction } from './split-transaction.ts';
import { withNftVersion } from './version.ts';

/** Every call of nft, except the test of the boot files. Each function throws a Failure if nft fails. */
export const systemNft = {
  /** Loads a libnftables-json document in one transaction. `regardless`: also if the disk for temporary files is full. */
  load: async (json: string, regardless = false): Promise<void> => loadFile(['-j'], json, regardless),

  /** The same for a document in the syntax of nft. */
  loadText: async (text: string, regardless = false): Promise<void> => loadFile([], text, regardless),

  /** Lets nft and the kernel check a document in a new network namespace, without special permissions. */
  check: async (json: string): Promise<void> => {
    const parts = splitTransaction(json);
    await expectSuccess('load', inScratchNamespace(parts, parts.length === 1 ? CHECK : LOAD, ':'));
  },

  /** Loads a document in a new network namespace and lists its table, to get it in the form in which nft prints it. */
  normalize: async (json: string, table: string): Promise<readonly NftObject[]> => {
    const listTable = `exec "$0" -j -n list table inet ${table}`;
    return objectsOf(await expectSuccess('load', inScratchNamespace(splitTransaction(json), LOAD, listTable)));
  },

  /** The same for a document in the syntax of nft. */
  normalizeText: async (text: string, table: string): Promise<readonly NftObject[]> => {
    const listTable = `exec "$0" -j -n list table inet ${table}`;
    return objectsOf(await expectSuccess('load', inScratchNamespace([text], LOAD_TEXT, listTable)));
  },

  /**
   * The names of the chains of an inet table; none if there is no such table. Up to nft 1.0.6, other listings fetch the
   * elements of all maps: a second for 50 000 forwards.
   */
  chainNames: async (table: string): Promise<readonly string[]> => namesIn(table, await list('chains')),

  /** The same for several tables, with one call of nft. */
  chainNamesOf: async (tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
    const chains = await list('chains');
    return new Map(tables.map((table) => [table, namesIn(table, chains)]));
  },

  /** Slow with nft up to 1.0.6. */
  hasTable: async (table: string): Promise<boolean> =>
    bodiesOf(await list('tables'), 'table').some(({ name }) => name === table),

  // -n: otherwise nft prints protocols by name or by number, depending on /etc/protocols.
  listTable: async (table: string): Promise<readonly NftObject[]> =>
    objectsOf(await expectSuccess('list', run('nft', ['-j', '-n', 'list', 'table', 'inet', table]))),

  listChain,

  /** How many packets the counters in the rules of a chain have counted. */
  countedPackets: async (table: string, chain: string): Promise<number> =>
    bodiesOf(await listChain(table, chain), 'rule')
      .flatMap(({ expr }) => (Array.isArray(expr) ? expr.map(soleEntry) : []))
      .filter(({ kind }) => kind === 'counter')
      .reduce((sum, { body: { packets } }) => sum + (typeof packets === 'number' ? packets : 0), 0),

  /** A table in the syntax of nft. */
  tableText: async (table: string): Promise<string> =>
    (await expectSuccess('list', run('nft', ['-n', 'list', 'table', 'inet', table]))).stdout,
};

const loadFile = async (options: readonly string[], content: string, regardless: boolean): Promise<void> =>
  withAnonymousFiles(
    [content],
    async (descriptors) => {
      await expectSuccess('load', run('nft', [...options, '-f', ...descriptors.map(fdPath)], { descriptors }));
    },
    regardless,
  );

export type Nft = typeof systemNft;

/** In a shell whose $0 is the path of nft. */
const LOAD = '"$0" -j -f';
const LOAD_TEXT = '"$0" -f';
const CHECK = '"$0" -c -j -f';

/**
 * Runs a command on a document in a new network namespace, and then another command. A document that is too long for one
 * transaction is loaded in parts, which makes no difference there: nothing else uses the namespace.
 */
async function inScratchNamespace(parts: readonly string[], command: string, afterwards: string): Promise<Outcome> {
  const script = `for part; do ${command} "$part" || exit; done; ${afterwards}`;
  const shell = [binary('sh'), '-c', script, binary('nft')];
  return withAnonymousFiles(parts, async (descriptors) =>
    run('unshare', [...scratchNetwork(), ...shell, ...descriptors.map(fdPath)], { descriptors }),
  );
}

const namesIn = (table: string, chains: readonly NftObject[]): readonly string[] =>
  bodiesOf(chains, 'chain').flatMap((chain) =>
    chain['table'] === table && typeof chain['name'] === 'string' ? [chain['name']] : [],
  );

async function listChain(table: string, chain: string): Promise<readonly NftObject[]> {
  return objectsOf(await expectSuccess('list', run('nft', ['-j', 'list', 'chain', 'inet', table, chain])));
}

const list = async (kind: 'chains' | 'tables'): Promise<readonly NftObject[]> =>
  objectsOf(await expectSuccess('list', run('nft', ['-j', 'list', kind, 'inet'])));

async function expectSuccess(operation: Operation, running: Promise<Outcome>): Promise<Outcome> {
  const outcome = await running;
  const failure = nftFailure(outcome, operation);
  if (failure !== undefined) throw await withNftVersion(failure);
  return outcome;
}

function objectsOf({ stdout }: Outcome): readonly NftObject[] {
  const objects = readListing(stdout);
  if (objects !== undefined) return objects;
  throw unreadableOutput('nft -j list ruleset', stdout);
}
