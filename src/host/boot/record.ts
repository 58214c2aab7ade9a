import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Family } from '../../model/model.ts';
import { readJsonState } from '../state/json-state.ts';
import { writeStateFile } from '../state/state-file.ts';

/** The files that `enable` wrote, which `disable` has to remove. */
export interface BootRecord {
  /** Marker of the ruleset in the boot file. */
  readonly marker: string;
  /** Families whose forwarding another program had turned on, and the rulesets that are loaded if it is off at boot. */
  readonly ifOff?: { readonly families: Family[]; readonly markers: string[] } | undefined;
  /** The ruleset is that of --enable-forwarding, which is not in the file with the forwards. */
  readonly enableForwarding?: boolean | undefined;
  /** Hashes of the content: two while a file is being replaced. */
  readonly files: readonly { readonly path: string; readonly contents: readonly string[] }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** The directories that were created, outermost first. */
  readonly directories: readonly string[];
}

const FILE = 'boot.json';

const SCHEMA = z.object({
  marker: z.string(),
  ifOff: z.optional(z.object({ families: z.array(z.enum(['ip', 'ip6'])), markers: z.array(z.string()) })),
  enableForwarding: z.optional(z.boolean()),
  files: z.array(z.object({ path: z.string(), contents: z.array(z.string()) })),
  links: z.array(z.object({ path: z.string(), target: z.string() })),
  directories: z.array(z.string()),
});

/**
 * Undefined if not enabled. Throws `state-directory` if the file is damaged or of a newer portfwd. `ofTree`: on the host
 * that a tree becomes.
 */
export const readBootRecord = (stateDir: string, ofTree = false): BootRecord | undefined =>
  readJsonState(
    stateDir,
    {
      name: FILE,
      schema: SCHEMA,
      unknown: 'it is not known which files load the forwards at boot',
      next: 'run portfwd enable',
    },
    ofTree,
  );

export const writeBootRecord = (stateDir: string, record: BootRecord, ofTree: boolean): void =>
  writeStateFile(stateDir, FILE, `${JSON.stringify({ version: 1, ...record })}\n`, ofTree);

export const forgetBootRecord = (stateDir: string): void => rmSync(join(stateDir, FILE), { force: true });

export const hashOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The paths of files that one record has and the other does not, or with another content. */
export function changedFiles({ files }: BootRecord, before: BootRecord | undefined): string[] {
  const same = (before?.files ?? []).filter(({ path, contents }) =>
    files.some((file) => file.path === path && file.contents.join() === contents.join()),
  );
  const all = new Set([...files, ...(before?.files ?? [])].map(({ path }) => path));
  return [...all].filter((path) => !same.some((file) => file.path === path));
}

export const pathsOf = (record: BootRecord | undefined): string[] =>
  [...(record?.files ?? []), ...(record?.links ?? [])].map(({ path }) => path);

/** Covers every file that may exist while one tree replaces the other. */
export function union(now: BootRecord, before: BootRecord): BootRecord {
  const paths = [...new Set([...now.files, ...before.files].map(({ path }) => path))];
  const contents = (path: string): string[] =>
    [...now.files, ...before.files].flatMap((file) => (file.path === path ? file.contents : []));
  return {
    ...now,
    files: paths.map((path) => ({ path, contents: contents(path) })),
    links: [...now.links, ...before.links.filter(({ path }) => !now.links.some((link) => link.path === path))],
  };
}
