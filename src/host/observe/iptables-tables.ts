import { readFileSync } from 'node:fs';
import type { Tool } from '../process/binary.ts';
import type { IptablesTable } from '../../diagnose/observations.ts';
import type { Family } from '../../model/model.ts';
import { Failure } from '../../failure/failure.ts';
import { run, type Outcome } from '../process/run.ts';

type Variant = IptablesTable['variant'];

const PREFIX = { ip: 'iptables', ip6: 'ip6tables' } as const;

/** `isCounted`: with what each rule counted. Undefined if the program is missing or fails. Only for tables that exist, since `iptables -S` would create others. */
export async function readIptables(
  family: Family,
  name: string,
  variant: Variant,
  isCounted = false,
): Promise<IptablesTable | undefined> {
  const tool: Tool = `${PREFIX[family]}-${variant}`;
  const [listing, version] = await Promise.all([
    attempt(tool, ['-t', name, ...(isCounted ? ['-v'] : []), '-S']),
    attempt(PREFIX[family], ['--version']),
  ]);
  if (listing?.exitCode !== 0) return undefined;
  const isDefault = version?.stdout.includes(variant === 'nft' ? 'nf_tables' : 'legacy') === true;
  const lines = listing.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('-P') ? line.replace(/ -c \d+ \d+$/, '') : line));
  return { kind: 'iptables', family, name, variant, command: isDefault ? PREFIX[family] : tool, lines };
}

/** The tables of iptables-legacy, which only root can list. */
export async function readLegacyTables(isCounted = false): Promise<IptablesTable[]> {
  const tables = (['ip', 'ip6'] as const).flatMap((family) =>
    tableNames(family).map(async (name) => readIptables(family, name, 'legacy', isCounted)),
  );
  return (await Promise.all(tables)).filter((table) => table !== undefined);
}

function tableNames(family: Family): string[] {
  try {
    const names = readFileSync(`/proc/self/net/${family}_tables_names`, 'utf8').split('\n');
    return names.filter((name) => ['filter', 'mangle', 'nat'].includes(name));
  } catch {
    return [];
  }
}

async function attempt(tool: Tool, args: readonly string[]): Promise<Outcome | undefined> {
  try {
    return await run(tool, args);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
