/** Read by Alpine's main file, and by others' where somebody added the include. */
export const DROP_IN = '/etc/nftables.d/portfwd.nft';

export const SCRIPT = '/etc/portfwd/sysctls.sh';

export const UNITS = '/etc/systemd/system';
