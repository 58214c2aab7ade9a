import { boot } from './boot.ts';
import { change } from './change.ts';
import type { Group } from './definition.ts';
import { help } from './help.ts';
import { inspect } from './inspect.ts';
import { safety } from './safety.ts';

/** In the order of the help. */
export const GROUPS: readonly Group[] = [change, inspect, safety, boot, help];

export const DESCRIPTION =
  'Publishes services on ports of this host by destination NAT in the kernel, without a proxy process.';

export const EXAMPLES = [
  'portfwd add 6000 192.168.0.2:5000    # publish it on port 6000 of this host',
  'portfwd list',
  'portfwd apply --confirm 60           # after you edited the file',
  'portfwd enable                       # load the forwards at boot',
] as const;

/** Commander makes this command itself. `help model` is about the file. */
export const HELP_COMMAND = {
  name: 'help',
  usage: 'help [command|model]',
  summary: 'print help for a command, or about the keys of the file',
} as const;
