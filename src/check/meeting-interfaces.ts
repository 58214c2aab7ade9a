import { coversInterface } from '../model/interface-name.ts';

/**
 * Tells which of `names` stand for an interface that some of the given ones stand for too: `eth0` meets
 * itself and `eth*`, `eth*` meets everything that begins so and `et*`.
 */
export function meetingInterfaces(names: readonly string[]): (some: readonly string[]) => ReadonlySet<string> {
  const all = [...new Set(names)];
  const patterns = all.filter(isPattern);
  const known = new Map<string, readonly string[]>();
  const meeting = (name: string): readonly string[] => {
    const met = known.get(name) ?? (isPattern(name) ? all : [name, ...patterns]).filter((other) => meet(name, other));
    known.set(name, met);
    return met;
  };
  return (some) => new Set(some.flatMap(meeting));
}

const isPattern = (name: string): boolean => name.endsWith('*');

const meet = (a: string, b: string): boolean => coversInterface(a, b) || coversInterface(b, a);
