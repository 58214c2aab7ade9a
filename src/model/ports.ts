import type { PortRange } from './model.ts';

const PORTS = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/;

/** Decimal, 1 to 65535, no sign, no leading zero; `a-b` with a < b. Anything else is undefined. */
export function parsePorts(text: string): PortRange | undefined {
  const match = PORTS.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  if (last > 65535 || first > last) return undefined;
  return match[2] !== undefined && first === last ? undefined : { first, last };
}
