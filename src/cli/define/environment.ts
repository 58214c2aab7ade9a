/** The variables that portfwd reads, for the manual page. */
export const ENVIRONMENT = [
  ['PORTFWD_CONFIG', 'file with the forwards, unless it is an argument or `--config` names it'],
  ['PORTFWD_STATE_DIR', 'directory for state and lock, unless `--state-dir` names it'],
  ['VISUAL, EDITOR', 'the editor of `portfwd edit`'],
  ['NO_COLOR', 'if it is set, the output has no colour'],
  ['TERM', 'if it is `dumb`, the output has no colour, and `portfwd top` does not run'],
  [
    'LC_ALL, LC_CTYPE, LANG',
    'if they name UTF-8, `portfwd top` draws its history with characters that ASCII does not have',
  ],
  ['SSH_CONNECTION', 'your SSH session, which a forward must not take over'],
  ['SUDO_USER, DOAS_USER', 'the user in the history, if another program made you root'],
] as const;

/** The files and directories that portfwd reads and writes, for the manual page. */
export const FILES = [
  ['/etc/portfwd/portfwd.yaml', 'the forwards; see portfwd.yaml(5)'],
  ['/var/lib/portfwd', 'earlier generations of the forwards, a change that waits for confirmation, counters'],
  ['/run/portfwd', 'lock, earlier values of sysctls, the forwards that were loaded last'],
  ['/etc/nftables.d/portfwd.nft', 'the ruleset that is loaded at boot, after `portfwd enable`'],
] as const;
