/** A word of a command for the shell. The kernel allows almost every character in the name of an interface. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** What sets a sysctl now, and how to keep it. */
export const sysctlCommand = (name: string, value: string): string =>
  `run: sysctl -w ${shellWord(`${name}=${value}`)}; to keep it, write it to a file in /etc/sysctl.d`;
