import { run } from '../process/run.ts';

/** The text of the rule with this handle. `table` is family and name. Undefined if the rule was deleted. */
export async function ruleText(table: string, chain: string, handle: string): Promise<string | undefined> {
  const [, family = '', name = ''] = /^(\S+) (.*)$/.exec(table) ?? [];
  const { stdout } = await run('nft', ['-a', 'list', 'chain', family, name, chain]);
  const end = ` # handle ${handle}`;
  const line = stdout.split('\n').find((one) => one.endsWith(end));
  return line?.slice(0, -end.length).trim();
}
