import { coversInterface } from '../model/interface-name.ts';

/**
 * Finds those of `names` that match an interface which one of the given names matches as well. `eth0` overlaps `eth0` and
 * `eth*`. `eth*` overlaps `et*` and every name that starts with `eth`.
 */
export function overlappingInterfaces(names: readonly string[]): (some: readonly string[]) => ReadonlySet<string> {
  const all = [...new Set(names)];
  const patterns = all.filter(isPattern);
  const known = new Map<string, readonly string[]>();
  const overlapping = (name: string): readonly string[] => {
    const result =
      known.get(name) ?? (isPattern(name) ? all : [name, ...patterns]).filter((other) => overlap(name, other));
    known.set(name, result);
    return result;
  };
  return (some) => new Set(some.flatMap(overlapping));
}

const isPattern = (name: string): boolean => name.endsWith('*');

const overlap = (a: string, b: string): boolean => coversInterface(a, b) || coversInterface(b, a);
