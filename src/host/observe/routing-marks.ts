import { run } from '../process/run.ts';

/** The packet marks that the routing rules of both families ask for. */
export async function readRoutingMarks(): Promise<readonly number[]> {
  const rules = await Promise.all([list('-4'), list('-6')]);
  const marks = rules.flat().flatMap(({ fwmark }) => (fwmark === undefined ? [] : [Number(fwmark)]));
  return [...new Set(marks)].filter(Number.isInteger);
}

interface Rule {
  readonly fwmark?: string;
}

async function list(family: '-4' | '-6'): Promise<readonly Rule[]> {
  const { exitCode, stdout } = await run('ip', [family, '-j', 'rule', 'show']);
  return exitCode !== 0 || stdout.trim() === '' ? [] : (JSON.parse(stdout) as Rule[]);
}
