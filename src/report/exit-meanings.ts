import type { EXIT } from './exit-code.ts';

/** In words, for the manual page. docs/operations.md has the same table. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  findings:
    'the file has errors or would remove too many forwards; `status` or `diff` found a difference; `plan`: something would change, or `apply` would be refused; `doctor` found a fault; no such forward or generation',
  usage: 'wrong usage',
  environment: 'environment: a tool is missing or too old, no permission, a file cannot be read',
  rejected:
    "nft rejected the ruleset, or it does not load at boot together with the host's own ruleset; nothing was changed",
  locked: 'another portfwd command is running, or a change is pending',
  notConfirmed: 'the change was not confirmed in time, or `rollback` reverted it; everything is as before',
  invalid: '`plan`: the file has errors, on its own or together with this host, so `apply` would load nothing',
  internal: 'a bug in portfwd',
};
