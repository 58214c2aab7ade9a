import { run } from './run.ts';

/** The interface through which the host reaches an address, by its routing table; undefined when it does not. */
export async function egressInterface(address: string): Promise<string | undefined> {
  const { exitCode, stdout } = await run('ip', ['-j', 'route', 'get', address]);
  if (exitCode !== 0 || stdout.trim() === '') return undefined;
  const [route] = JSON.parse(stdout) as { readonly dev?: string }[];
  return route?.dev;
}
