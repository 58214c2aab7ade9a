import { join } from 'node:path';
import { binary } from '../process/binary.ts';
import { OUTCOMES_FILE } from '../state/outcomes.ts';
import { PENDING_FILE } from '../state/pending-file.ts';

export interface RollbackSpec {
  readonly id: string;
  /** The boot and the network namespace of the change. */
  readonly network: string;
  /** The chain that marks the ruleset of the change. */
  readonly marker: string;
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
  /** As libnftables-json, for sysctls that cannot be turned off. Undefined: the change turns nothing on. */
  readonly guard?: string | undefined;
  /** Path below /proc/sys and value: the sysctls to set before the ruleset is loaded, and after it. */
  readonly before: readonly (readonly [string, string])[];
  readonly after: readonly (readonly [string, string])[];
  /**
   * If interfaces that are created until then inherit a value: that value, the one that they get instead, and the paths
   * that exist now, which do not change.
   */
  readonly inherited?:
    | { readonly copied: string; readonly value: string; readonly known: readonly string[] }
    | undefined;
}

/** Each ruleset has a chain whose name begins so. */
const MARKER = 'pf_gen_';

/** In the state directory. */
export const SCRIPT = 'revert.sh';

/** In the state directory: the ruleset that the script loads if portfwd itself cannot revert. */
export const REVERT_RULESET = 'revert.json';

/** In the state directory: the guard for sysctls that the script cannot turn off. */
export const REVERT_GUARD = 'revert-guard.json';

/** In the state directory: the deadline, if it was moved since the script began. */
export const REVERT_DEADLINE = 'revert.deadline';

/** `ID DEADLINE`, as the script reads it. */
export const deadlineText = (id: string, deadline: number): string => `${id} ${Math.ceil(deadline * 100)}\n`;

/**
 * `sh revert.sh SECONDS`: waits until the deadline, then runs portfwd, which reverts the change. If portfwd fails, the
 * script restores ruleset and sysctls with nft and the shell alone and leaves the change pending; the next portfwd
 * command finds it expired and does the rest. A missing file or tool must not end the script before nft has run. The
 * script holds its ruleset open: if the state directory is deleted meanwhile, it still reverts the change.
 */
export function revertScript(spec: RollbackSpec): string {
  const { id, network, marker, deadline, stateDir, runtimeDir, command, guard, before, after, inherited } = spec;
  const pending = quoted(join(stateDir, PENDING_FILE));
  const moved = quoted(join(stateDir, REVERT_DEADLINE));
  const outcomes = quoted(join(stateDir, OUTCOMES_FILE));
  const nft = quoted(binary('nft'));
  const hasText = (text: string, file: string): string => `has_text ${quoted(text)} ${file}`;
  return [
    '#!/bin/sh',
    '# Restores the previous ruleset unless the change is confirmed in time. Written by portfwd.',
    '# A signal to the process group of portfwd does not end this. Its children ignore the signals, too.',
    "trap '' HUP INT QUIT TERM",
    `exec 8<${quoted(join(stateDir, REVERT_RULESET))}`,
    ...(guard === undefined ? [] : [`exec 7<${quoted(join(stateDir, REVERT_GUARD))}`]),
    'echo armed',
    'exec </dev/null >/dev/null 2>&1',
    '# To read a pipe would wait for ever.',
    'has_text() { [ -f "$2" ] && grep -qsF "$1" "$2"; }',
    '# A damaged or deleted file does not count as a confirmation.',
    `is_over() { ${hasText(`"id":"${id}","outcome"`, outcomes)}; }`,
    'is_pending() {',
    '  is_over && return 1',
    `  [ -e ${pending} ] || { is_loaded; return; }`,
    `  ${hasText(`"id":"${id}"`, pending)} || { ${hasText('"id":"', pending)} && return 1; return 0; }`,
    `  ! ${hasText('"confirmed":true', pending)}`,
    '}',
    '# Without a record: no other ruleset of portfwd was loaded since.',
    'is_loaded() {',
    `  case $(${nft} -t list table inet portfwd) in *${quoted(marker)}*) ;; *${MARKER}*) return 1 ;; esac`,
    '}',
    ...SET_SYSCTL,
    'is_due() {',
    `  [ -f ${moved} ] && read -r of due <${moved} && [ "$of" = ${id} ] || due=${Math.ceil(deadline * 100)}`,
    '  read -r up rest </proc/uptime || return 0',
    '  [ "${up%.*}${up#*.}" -ge "$due" ]',
    '}',
    '# What is restored belongs to the network namespace of the change.',
    'is_elsewhere() {',
    '  read -r boot </proc/sys/kernel/random/boot_id && network=$(readlink /proc/self/ns/net) || return 1',
    `  [ "$boot $network" != ${quoted(network)} ]`,
    '}',
    'sleep "$1"',
    'while :; do',
    '  # The deadline may be moved, and another process may end the sleep early.',
    '  until is_due; do sleep 1; done',
    '  is_over && exit 0',
    `  [ -e ${pending} ] && timeout -k 5 60 ${command.map(quoted).join(' ')} && exit 0`,
    '  is_due || continue',
    `  command exec 9<>${quoted(join(runtimeDir, 'lock'))} && flock -w 30 9`,
    '  is_due && break',
    '  exec 9>&-',
    'done',
    'is_pending || exit 0',
    'is_elsewhere && exit 0',
    'stuck=',
    ...before.map(setSysctl),
    ...(inherited === undefined ? [] : setNewLinks(inherited)),
    ...(guard === undefined ? [] : [`[ -z "$stuck" ] || ${nft} -j -f /proc/self/fd/7`]),
    `${nft} -j -f /proc/self/fd/8`,
    ...after.map(setSysctl),
    `logger -t portfwd -p auth.notice -- ${quoted(`not confirmed, reverted by nft alone: ${id}`)}`,
    '',
  ].join('\n');
}

/** The change that a script reverts. */
export const idIn = (script: string): string | undefined =>
  /"id":"(?<id>[^"]+)","outcome"/.exec(script)?.groups?.['id'];

/** A value that is right already may be on a read-only file system. */
const setSysctl = ([path, value]: readonly [string, string]): string =>
  `set_sysctl ${quoted(`/proc/sys/${path}`)} ${quoted(value)}`;

const SET_SYSCTL = [
  'set_sysctl() {',
  '  read -r value <"$1"',
  `  [ "$value" = "$2" ] || printf '%s\\n' "$2" >"$1" || stuck=yes`,
  '}',
];

/** Interfaces that were created since then, unless another program set their value. */
const setNewLinks = ({ copied, value, known }: NonNullable<RollbackSpec['inherited']>): string[] => [
  'for file in /proc/sys/net/ipv4/conf/*/route_localnet; do',
  `  case $file in ${known.map((path) => quoted(`/proc/sys/${path}`)).join(' | ')}) continue ;; esac`,
  '  read -r present <"$file"',
  `  [ "$present" = ${quoted(copied)} ] || continue`,
  `  set_sysctl "$file" ${quoted(value)}`,
  'done',
];

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
