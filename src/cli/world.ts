import type { Host } from '../host/host.ts';

/** Everything a command touches besides its arguments. */
export interface World {
  readonly host: Host;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** As `err`, also where that keeps what it is told until the end. */
  readonly atOnce?: (text: string) => void;
  /** How this very program is started again: the runtime and the file. */
  readonly self: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}
