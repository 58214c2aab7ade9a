import type { Binding } from '../model/binding.ts';
import { overlappingInterfaces } from './overlapping-interfaces.ts';

/** Under which keys a binding is stored, and under which it finds those that may listen on the same address. */
export interface Places {
  readonly storedAt: (binding: Binding) => readonly string[];
  readonly foundAt: (binding: Binding) => readonly string[];
}

/** Every address of the host. */
const ANY = '';
/** All bindings. */
const ALL = '*';
/** All bindings with an address, and all that listen on an interface: any address may belong to it. */
const ADDRESS = '@';
const ON_INTERFACE = '@*';

/**
 * A listen without an address overlaps every address. So does a listen on an interface, whose addresses are not known;
 * but two interfaces do not have the same address (ambiguous-interfaces.ts has the exceptions).
 */
export function placesOf(bindings: readonly Binding[]): Places {
  const names = bindings.flatMap(({ listen }) => listen.interface ?? []);
  const overlapping = overlappingInterfaces(names);
  const mixed = names.length > 0;
  return {
    storedAt: ({ listen: { address, interface: name } }) => {
      if (name !== undefined) return [on(name), ON_INTERFACE, ALL];
      if (address === undefined) return [ANY, ALL];
      return mixed ? [address, ADDRESS, ALL] : [address, ALL];
    },
    foundAt: ({ listen: { address, interface: name } }) => {
      if (name !== undefined) return [...[...overlapping([name])].map(on), ADDRESS, ANY];
      if (address === undefined) return [ALL];
      return mixed ? [address, ON_INTERFACE, ANY] : [address, ANY];
    },
  };
}

const on = (name: string): string => `@${name}`;
