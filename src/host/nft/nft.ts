import { bodiesOf, readListing, type Json, type NftObject } from '../../nft-json/objects.ts';
import { binary } from '../process/binary.ts';
import { Failure } from '../../failure/failure.ts';
import { inParts } from './split-transaction.ts';
import { pathHandedOver, withNamelessFiles } from '../process/anonymous-file.ts';
import { nftFailure, type Doing, namingVersion } from './failure.ts';
import { run, type Outcome } from '../process/run.ts';
import { scratchNetwork } from '../process/scratch-namespace.ts';

/** All that portfwd ever asks of nft. Every function throws a Failure when nft says no. */
export interface Nft {
  /** Loads a libnftables-json document, as one transaction. */
  readonly load: (json: string) => Promise<void>;
  /** Lets nft and the kernel check a document in a network namespace of its own; needs no rights. */
  readonly check: (json: string) => Promise<void>;
  /** Loads a document in a namespace of its own and lists the table it makes: nft's own spelling of it. */
  readonly spell: (json: string, table: string) => Promise<readonly NftObject[]>;
  /** The names of the chains of an inet table; undefined when there is no such table. Cheap at any size. */
  readonly chainNames: (table: string) => Promise<readonly string[] | undefined>;
  readonly listTable: (table: string) => Promise<readonly NftObject[]>;
  /** The same in nft's own syntax. */
  readonly tableText: (table: string) => Promise<string>;
}

export const systemNft: Nft = {
  load: (json) =>
    withNamelessFiles(
      [json],
      async (descriptors) =>
        void (await succeeded('load', run('nft', ['-j', '-f', ...descriptors.map(pathHandedOver)], { descriptors }))),
    ),
  check: async (json) => void (await succeeded('load', inScratch(json, CHECK, ':'))),
  spell: async (json, table) =>
    objectsOf((await succeeded('load', inScratch(json, LOAD, `exec "$0" -j -n list table inet ${table}`))).stdout),
  chainNames: async (table) => {
    // Up to nft 1.0.6 every other listing fetches the elements of all maps: 50 000 forwards, a second.
    const { stdout } = await succeeded('list', run('nft', ['-j', 'list', 'chains', 'inet']));
    const names = bodiesOf(objectsOf(stdout), 'chain').flatMap((chain) => nameIn(chain, table));
    return names.length > 0 || (await tableExists(table)) ? names : undefined;
  },
  // -n: without it protocols are names or numbers, as /etc/protocols has them.
  listTable: async (table) =>
    objectsOf((await succeeded('list', run('nft', ['-j', '-n', 'list', 'table', 'inet', table]))).stdout),
  tableText: async (table) => (await succeeded('list', run('nft', ['-n', 'list', 'table', 'inet', table]))).stdout,
};

/** In a shell that has nft's path as its own name. */
const LOAD = '"$0" -j -f';
const CHECK = '"$0" -c -j -f';

/**
 * Hands a document to a command in a network namespace of its own, and runs another one after it. What is too long
 * for one transaction there is loaded part by part, since there nobody sees the parts.
 */
async function inScratch(json: string, command: string, afterwards: string): Promise<Outcome> {
  const parts = inParts(json);
  const each = parts.length === 1 ? command : LOAD;
  const script = `for part; do ${each} "$part" || exit; done; ${afterwards}`;
  return withNamelessFiles(parts, async (descriptors) =>
    run(
      'unshare',
      [...scratchNetwork(), binary('sh'), '-c', script, binary('nft'), ...descriptors.map(pathHandedOver)],
      {
        descriptors,
      },
    ),
  );
}

async function tableExists(table: string): Promise<boolean> {
  const { stdout } = await succeeded('list', run('nft', ['-j', 'list', 'tables', 'inet']));
  return bodiesOf(objectsOf(stdout), 'table').some(({ name }) => name === table);
}

const nameIn = ({ name, table: owner }: Json, table: string): string[] =>
  owner === table && typeof name === 'string' ? [name] : [];

async function succeeded(doing: Doing, running: Promise<Outcome>): Promise<Outcome> {
  const outcome = await running;
  const failure = nftFailure(outcome, doing);
  if (failure !== undefined) throw await namingVersion(failure);
  return outcome;
}

function objectsOf(stdout: string): readonly NftObject[] {
  const objects = readListing(stdout);
  if (objects !== undefined) return objects;
  throw new Failure(
    'tool-failed',
    'nft printed a listing without objects',
    'portfwd needs nft 0.9.8 or later',
    stdout.slice(0, 200),
  );
}
