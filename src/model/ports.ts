import type { PortRange } from './model.ts';

const PORTS = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/;

/** A port (1 to 65535, decimal, no sign, no leading zeros) or a range `a-b` with a < b. Undefined for all other text. */
export function parsePorts(text: string): PortRange | undefined {
  const match = PORTS.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  if (last > 65535 || first > last) return undefined;
  return match[2] !== undefined && first === last ? undefined : { first, last };
}
