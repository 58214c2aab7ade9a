import * as z from 'zod/mini';
import type { Neighbour } from '../../doctor/evidence.ts';
import { readJson } from '../process/read-json.ts';
import { run } from '../process/run.ts';
import { neighbourSchema } from './ip-schema.ts';

/** The machines on the links that the kernel asked for. Undefined if ip cannot list them. */
export async function readNeighbours(): Promise<readonly Neighbour[] | undefined> {
  const { exitCode, stdout } = await run('ip', ['-j', 'neighbour', 'show']);
  if (exitCode !== 0) return undefined;
  if (stdout.trim() === '') return [];
  return readJson('ip -j neighbour show', stdout, z.array(neighbourSchema)).flatMap(({ dst, dev, state = [] }) =>
    dst === undefined || dev === undefined ? [] : [{ address: dst, interface: dev, state: state.join(' ') }],
  );
}
