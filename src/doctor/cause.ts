/**
 * `fault`: clients get no answer because of it, as far as this host can tell. `doubt`: some clients may not, or it depends
 * on what portfwd cannot know. `note`: something to know that stops nothing.
 */
export type Level = 'fault' | 'doubt' | 'note';

/** All causes. A code is public: it is documented, tested and never reused. In the order of the way of a packet. */
export const CAUSES = [
  'disabled',
  'foreign-table',
  'not-loaded',
  'drifted',
  'sysctl-off',
  'tracking-full',
  'ipv6-off',
  'interface-absent',
  'interface-port',
  'interface-down',
  'interface-without-address',
  'interface-vrf',
  'address-absent',
  'address-down',
  'rp-filter',
  'dropped-before',
  'not-tracked',
  'from',
  'nat-rival',
  'routing-off',
  'no-route',
  'target-link-down',
  'target-away',
  'dropped',
  'dropped-after',
  'neighbour-silent',
  'nothing-listens',
  'listens-elsewhere',
  'port-refused',
  'port-rejected',
  'port-silent',
  'probe-blocked',
  'return-path',
  'clients-unanswered',
  'answers-lost',
  'flows-bypass',
  'host-changed',
  'mtu',
  'hides-listener',
  'ephemeral-range',
  'bridge-hairpin',
  'helper',
  // Of the host.
  'unguarded',
  'boot-differs',
  'guard-drops',
  'boot-not-enabled',
] as const;

export type CauseCode = (typeof CAUSES)[number];

export interface Cause {
  readonly code: CauseCode;
  readonly level: Level;
  /** A clause: what is wrong, and what shows it. */
  readonly message: string;
  /** A clause: what to do. */
  readonly remedy: string;
  /** The commands in it, for this host. */
  readonly commands: readonly string[];
}

/** The commands are those that the remedy tells the reader to run. */
export const cause = (code: CauseCode, level: Level, message: string, remedy: string): Cause => ({
  code,
  level,
  message,
  remedy,
  commands: commandsIn(remedy),
});

/** `run: COMMAND; …`. A semicolon inside quotes belongs to the command. */
function commandsIn(remedy: string): string[] {
  return [...remedy.matchAll(/\brun: ((?:'[^']*'|[^;'])+)/g)].map(([, command = '']) => command.trim());
}
