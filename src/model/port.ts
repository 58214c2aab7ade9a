import type { PortRange } from './model.ts';

const PORTS = /^(?<first>[1-9]\d{0,4})(?:-(?<last>[1-9]\d{0,4}))?$/;

/** Decimal, 1 to 65535, no sign, no leading zero; `a-b` with a < b. Anything else is undefined. */
export function parsePorts(text: string): PortRange | undefined {
  const groups = PORTS.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const first = Number(groups['first']);
  const last = Number(groups['last'] ?? first);
  if (last > 65535 || first > last) return undefined;
  return groups['last'] !== undefined && first === last ? undefined : { first, last };
}
