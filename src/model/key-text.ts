import { isScalar, type Pair } from 'yaml';

const LONGEST = 40;

/** The key of a pair as text. One that is no scalar is taken as it is written, so that it can be named when it is refused. */
export function keyText({ key }: Pair, text: string): string {
  if (isScalar(key)) return String(key.value);
  const range = (key as { range?: [number, number, number] | null } | null)?.range;
  return range ? text.slice(range[0], Math.min(range[1], range[0] + LONGEST)) : '';
}
