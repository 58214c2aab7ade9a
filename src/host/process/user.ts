import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { readRegularFile } from '../files/regular-file.ts';

/** The user of this process and, if another, the user who logged in: `root (alice)`. */
export function userName(env: Readonly<Record<string, string | undefined>>): string {
  const name = nameOf(userInfo);
  const login = env['SUDO_USER'] ?? env['DOAS_USER'] ?? loginName();
  return login === undefined || login === name ? name : `${name} (${login})`;
}

/** Without an entry in passwd(5), a user has only a number. */
function nameOf(info: typeof userInfo): string {
  try {
    return info().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** From the login uid of the audit system, which PAM sets; undefined for a service. */
function loginName(): string | undefined {
  try {
    const id = readFileSync('/proc/self/loginuid', 'utf8').trim();
    const lines = readRegularFile('/etc/passwd').toString('utf8').split('\n');
    return lines.map((line) => line.split(':')).find((fields) => fields[2] === id)?.[0];
  } catch {
    return undefined;
  }
}
