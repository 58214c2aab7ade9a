import { readFileSync } from 'node:fs';
import type { SshSession } from '../../diagnose/observations.ts';

/**
 * From SSH_CONNECTION (ssh(1)): that of this process or, since sudo clears the environment, of its nearest ancestor that
 * has one and may be read.
 */
export function readSshSession(env: Readonly<Record<string, string | undefined>>): SshSession | undefined {
  const own = sessionOf(env['SSH_CONNECTION']);
  if (own !== undefined) return own;
  for (let process = `${globalThis.process.ppid}`, depth = 0; Number(process) > 1 && depth < MAX_DEPTH; depth += 1) {
    const variable = textOf(`/proc/${process}/environ`)
      .split('\0')
      .find((entry) => entry.startsWith(PREFIX));
    const found = sessionOf(variable?.slice(PREFIX.length));
    if (found !== undefined) return found;
    process = parentOf(process);
  }
  return undefined;
}

const PREFIX = 'SSH_CONNECTION=';
const MAX_DEPTH = 64;

/** `CLIENT CLIENT-PORT SERVER SERVER-PORT` */
function sessionOf(connection = ''): SshSession | undefined {
  const [, client, address, port] = /^(\S+) \d+ (\S+) (\d+)$/.exec(connection) ?? [];
  if (client === undefined || address === undefined) return undefined;
  return { address: plain(address), port: Number(port), client: plain(client) };
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*/, '');

/** The fourth field of proc_pid_stat(5), after the name, which can contain any character. */
const parentOf = (process: string): string => /^.*\) \S (\d+)/s.exec(textOf(`/proc/${process}/stat`))?.[1] ?? '0';

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
