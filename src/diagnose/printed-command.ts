/** A word of a command for the shell. The kernel allows almost every character in the name of an interface. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** What sets a sysctl now, and how to keep it. */
export const sysctlCommand = (name: string, value: string): string =>
  `run: sysctl -w ${shellWord(`${name}=${value}`)}; to keep it, write it to a file in /etc/sysctl.d`;

/** The name of a sysctl for sysctl(8), from its path below /proc/sys: a dot in the name of an interface becomes a slash. */
export const sysctlName = (path: string): string =>
  path
    .split('/')
    .map((part) => part.replaceAll('.', '/'))
    .join('.');
