import { SCRIPT } from './boot-plan.ts';
import { HARDENING, writable } from './systemd-units.ts';

export const GUARD_UNIT = 'portfwd-guard.service';

/**
 * For forwards that are loaded and not enabled. A restart or reload of nftables.service flushes the guard chains. This
 * unit then runs the script, which restores the sysctls if their guard chain is not loaded. If nftables.service stops, it
 * restores them before that. The unit is in /run, so it does not survive a reboot.
 */
export const guardUnit = (
  script: string,
  savedSysctlsPath: string,
): string => `# Written by portfwd, which removes it when nothing is open any more.
[Unit]
Description=Closes what portfwd opened if nftables.service removes its guard
After=nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
DefaultDependencies=no
Before=shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-/bin/sh ${script} on
ExecReload=-/bin/sh ${script} on
ExecStop=-/bin/sh ${script} off
${visible(savedSysctlsPath, HARDENING)}${writable(savedSysctlsPath)}`;

export const ROUTING_UNIT = 'portfwd-routing.service';

/**
 * For routing that stays on when portfwd.service stops, because other programs use it. portfwd.service starts this unit.
 * If nftables.service restarts, reloads or stops, it turns the routing off unless the guard is loaded.
 */
export const routingUnit = (
  savedSysctlsPath: string,
): string => `# Written by portfwd enable; portfwd disable removes it.
[Unit]
Description=Guard of the routing that portfwd left on for other programs
After=nftables.service portfwd.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
DefaultDependencies=no
Before=shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${SCRIPT} watch
ExecReload=/bin/sh ${SCRIPT} watch
ExecStop=/bin/sh ${SCRIPT} off
${HARDENING}${writable(savedSysctlsPath)}`;

/** A state directory in these places would be hidden from the script. */
const visible = (path: string, hardening: string): string =>
  /^\/(?:home|root|run\/user|tmp|var\/tmp)\//.test(path)
    ? hardening.replace('ProtectHome=yes\n', '').replace('PrivateTmp=yes\n', '')
    : hardening;
