import { expect } from 'vitest';
import type { Lab } from './lab.ts';

export interface Shown {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly remedy: string;
}

/** What `apply` reports about the host; it must load the forwards anyway. */
export async function applyFindings(lab: Lab, model: string): Promise<readonly Shown[]> {
  const { exitCode, stderr } = await lab.portfwd(['apply', '--json'], model);
  expect(`${exitCode} ${exitCode === 0 ? '' : stderr}`).toBe('0 ');
  const { findings = [] } = JSON.parse(stderr === '' ? '{}' : stderr) as { readonly findings?: readonly Shown[] };
  return findings.filter(({ severity }) => severity !== 'note');
}
