import { elementsOf } from '../nft-json/elements.ts';
import { bodiesOf, objectOf, type Json, type NftObject } from '../nft-json/objects.ts';
import { counterSets, MOST_ELEMENTS, type Counted } from './table.ts';

export interface Counts {
  readonly packets: number;
  /** Of IP packets, with their headers. */
  readonly bytes: number;
}

/** What was counted for one address and port of this host, and for one target if these do not tell the forward. */
export interface CountedElement extends Counts {
  readonly counted: Counted;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly target?: string | undefined;
  readonly targetPort?: number | undefined;
}

/** The values of a counters table. */
export interface Snapshot {
  /** Its boot and network namespace. */
  readonly network: string;
  /** The kernel gives each new table of a network namespace a higher number. */
  readonly handle: number;
  readonly elements: readonly CountedElement[];
  /** Another program may have removed the chains. Then the values are those of before. */
  readonly hasChains: boolean;
  /** A set that is in use has no room for more elements. */
  readonly isFull: boolean;
}

/** From a listing of the table. Undefined: it is not there. */
export function readSnapshot(objects: readonly NftObject[], network: string): Snapshot | undefined {
  const [table] = bodiesOf(objects, 'table');
  if (table === undefined) return undefined;
  const sets = new Map(bodiesOf(objects, 'set').map((set) => [set['name'], set]));
  const read = counterSets.flatMap(({ name, counted }) => listed(sets.get(name), counted));
  // A set of the other key may be full from before, and nothing is added to it now.
  const rules = JSON.stringify(bodiesOf(objects, 'rule'));
  const { handle } = table;
  return {
    network,
    handle: typeof handle === 'number' ? handle : 0,
    elements: read,
    hasChains: bodiesOf(objects, 'chain').length > 0,
    isFull: counterSets.some(({ name }) => lengthOf(sets.get(name)) >= MOST_ELEMENTS && rules.includes(`"@${name}"`)),
  };
}

const lengthOf = (set: Json | undefined): number => (Array.isArray(set?.['elem']) ? set['elem'].length : 0);

/** Elements of another form are left out: another program may have changed the table. */
function listed(set: Json | undefined, counted: Counted): CountedElement[] {
  return [...elementsOf(set ?? {}).values()].flatMap(({ parts, counter }) => {
    const [protocol, address, port, target, targetPort] = parts;
    const { packets, bytes } = objectOf(counter);
    return typeof protocol === 'string' &&
      typeof address === 'string' &&
      typeof port === 'number' &&
      (typeof target === 'string' || target === undefined) &&
      (typeof targetPort === 'number' || targetPort === undefined) &&
      typeof packets === 'number' &&
      typeof bytes === 'number'
      ? [{ counted, protocol, address, port, target, targetPort, packets, bytes }]
      : [];
  });
}
