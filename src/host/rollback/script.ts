import { join } from 'node:path';
import { binary } from '../process/binary.ts';
import { OUTCOMES_FILE } from '../state/outcomes.ts';
import { PENDING_FILE } from '../state/pending-file.ts';

export interface RollbackSpec {
  readonly id: string;
  /** The boot and the network namespace of the change. */
  readonly network: string;
  /** Until the deadline. */
  readonly seconds: number;
  /** Seconds since boot. */
  readonly deadline: number;
  readonly stateDir: string;
  readonly runtimeDir: string;
  /** The portfwd command that reverts. It is tried first, since it also ends flows and records the outcome. */
  readonly command: readonly string[];
  /** The previous ruleset as libnftables-json, in case that command fails. */
  readonly ruleset: string;
  /** Path below /proc/sys and value: the sysctls to set before the ruleset is loaded, and after it. */
  readonly before: readonly (readonly [string, string])[];
  readonly after: readonly (readonly [string, string])[];
  /** If interfaces that are created until then inherit a value: it, and the paths that exist now, which do not change. */
  readonly inherited?: { readonly value: string; readonly known: readonly string[] } | undefined;
}

/** In the state directory: the ruleset that the script loads if portfwd itself cannot revert. */
export const REVERT_RULESET = 'revert.json';

/**
 * `sh revert.sh SECONDS`: waits until the deadline, then runs portfwd, which reverts the change. If portfwd fails, the
 * script restores ruleset and sysctls with nft and the shell alone and leaves the change pending; the next portfwd
 * command finds it expired and does the rest. A missing file or tool must not end the script before nft has run.
 */
export function revertScript(spec: RollbackSpec): string {
  const { id, network, deadline, stateDir, runtimeDir, command, before, after, inherited } = spec;
  const pending = quoted(join(stateDir, PENDING_FILE));
  const outcomes = quoted(join(stateDir, OUTCOMES_FILE));
  const hasText = (text: string, file: string): string => `grep -qsF ${quoted(text)} ${file}`;
  return [
    '#!/bin/sh',
    '# Restores the previous ruleset unless the change is confirmed in time. Written by portfwd.',
    "trap '' HUP",
    'echo armed',
    'exec </dev/null >/dev/null 2>&1',
    '# A damaged file does not count as a confirmation.',
    'is_pending() {',
    `  [ -e ${pending} ] || return 1`,
    `  ${hasText(`"id":"${id}","outcome"`, outcomes)} && return 1`,
    `  ${hasText(`"id":"${id}"`, pending)} || { ${hasText('"id":"', pending)} && return 1; return 0; }`,
    `  ! ${hasText('"confirmed":true', pending)}`,
    '}',
    ...SET_SYSCTL,
    '# What is restored belongs to the network namespace of the change.',
    'is_elsewhere() {',
    '  read -r boot </proc/sys/kernel/random/boot_id && network=$(readlink /proc/self/ns/net) || return 1',
    `  [ "$boot $network" != ${quoted(network)} ]`,
    '}',
    'sleep "$1"',
    '# In case another process ended the sleep early.',
    `while read -r up rest </proc/uptime && [ "\${up%.*}\${up#*.}" -lt ${Math.ceil(deadline * 100)} ]; do sleep 1; done`,
    `[ -e ${pending} ] || exit 0`,
    `timeout -k 5 60 ${command.map(quoted).join(' ')} && exit 0`,
    `command exec 9<>${quoted(join(runtimeDir, 'lock'))} && flock -w 30 9`,
    'is_pending || exit 0',
    'is_elsewhere && exit 0',
    ...before.map(setSysctl),
    ...(inherited === undefined ? [] : setNewLinks(inherited)),
    `${quoted(binary('nft'))} -j -f ${quoted(join(stateDir, REVERT_RULESET))}`,
    ...after.map(setSysctl),
    `logger -t portfwd -p auth.notice -- ${quoted(`not confirmed, reverted by nft alone: ${id}`)}`,
    '',
  ].join('\n');
}

/** A value that is right already may be on a read-only file system. */
const setSysctl = ([path, value]: readonly [string, string]): string =>
  `set_sysctl ${quoted(`/proc/sys/${path}`)} ${quoted(value)}`;

const SET_SYSCTL = [
  'set_sysctl() {',
  '  read -r value <"$1"',
  `  [ "$value" = "$2" ] || printf '%s\\n' "$2" >"$1"`,
  '}',
];

/** Interfaces that were created since then. */
const setNewLinks = ({ value, known }: NonNullable<RollbackSpec['inherited']>): string[] => [
  'for file in /proc/sys/net/ipv4/conf/*/route_localnet; do',
  `  case $file in ${known.map((path) => quoted(`/proc/sys/${path}`)).join(' | ')}) continue ;; esac`,
  `  set_sysctl "$file" ${quoted(value)}`,
  'done',
];

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
