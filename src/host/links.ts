import { readFileSync } from 'node:fs';

/** The names of this network namespace's interfaces; from /proc, since /sys may be another namespace's. */
export function readLinks(): readonly string[] | undefined {
  try {
    const [, , ...lines] = readFileSync('/proc/self/net/dev', 'utf8').trimEnd().split('\n');
    return lines.map((line) => line.slice(0, line.indexOf(':')).trim());
  } catch {
    return undefined;
  }
}
