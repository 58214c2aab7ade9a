import { readFileSync } from 'node:fs';
import type { Tool } from '../process/binary.ts';
import { Failure } from '../../failure/failure.ts';
import { run, type Outcome } from '../process/run.ts';

/** A table of iptables, as `iptables -S` prints it. */
export interface IptablesTable {
  readonly kind: 'iptables';
  readonly family: 'ip' | 'ip6';
  readonly name: string;
  readonly variant: Variant;
  /** What to call to change it: `iptables`, where that is of this variant. */
  readonly command: string;
  readonly lines: readonly string[];
}

type Variant = 'nft' | 'legacy';

const PREFIX = { ip: 'iptables', ip6: 'ip6tables' } as const;

/** Undefined where the program is missing or does not understand the table. Only for tables that are there: listing would make them. */
export async function readIptables(
  family: 'ip' | 'ip6',
  name: string,
  variant: Variant,
): Promise<IptablesTable | undefined> {
  const tool: Tool = `${PREFIX[family]}-${variant}`;
  const [listing, version] = await Promise.all([
    attempt(tool, ['-t', name, '-S']),
    attempt(PREFIX[family], ['--version']),
  ]);
  if (listing?.exitCode !== 0) return undefined;
  const usual = version?.stdout.includes(variant === 'nft' ? 'nf_tables' : 'legacy') === true;
  const lines = listing.stdout.split('\n').filter((line) => line !== '');
  return { kind: 'iptables', family, name, variant, command: usual ? PREFIX[family] : tool, lines };
}

/** Those the kernel's older iptables has tables of; root alone may know. */
export async function readLegacyTables(): Promise<IptablesTable[]> {
  const tables = (['ip', 'ip6'] as const).flatMap((family) =>
    tableNames(family).map(async (name) => readIptables(family, name, 'legacy')),
  );
  return (await Promise.all(tables)).filter((table) => table !== undefined);
}

function tableNames(family: 'ip' | 'ip6'): string[] {
  try {
    const names = readFileSync(`/proc/self/net/${family}_tables_names`, 'utf8').split('\n');
    return names.filter((name) => name === 'filter' || name === 'nat');
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
