/** What no scenario notices when it is gone, and why it stays. */
export const EXPLAINED: Readonly<Record<string, string>> = {
  'pf_loopback_guard: iifname != "lo" ip saddr 127.0.0.0/8 drop':
    'who speaks in the name of 127.0.0.1 gets no answer either way; loopback.test.ts counts what arrives',
};
