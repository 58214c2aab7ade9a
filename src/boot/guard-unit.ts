import { SCRIPT } from './boot-plan.ts';
import { HARDENING, writable } from './systemd-units.ts';

export const GUARD_UNIT = 'portfwd-guard.service';

/**
 * For forwards that are loaded and not enabled. A restart or reload of nftables.service flushes the guard chains. This
 * unit then runs the script, which restores the sysctls if their guard chain is not loaded. If nftables.service stops, it
 * restores them before that. The unit is in /run, so it does not survive a reboot.
 */
export const guardUnit = (script: string, savedSysctlsPath: string): string =>
  watchUnit(
    {
      header: 'Written by portfwd, which removes it when nothing is open any more.',
      description: 'Closes what portfwd opened if nftables.service removes its guard',
      after: 'nftables.service',
      check: `-/bin/sh ${script} on`,
      close: `-/bin/sh ${script} off`,
      hardening: visible(savedSysctlsPath, HARDENING),
    },
    savedSysctlsPath,
  );

export const ROUTING_UNIT = 'portfwd-routing.service';

/**
 * For routing that stays on when portfwd.service stops, because other programs use it. portfwd.service starts this unit.
 * If nftables.service restarts, reloads or stops, it turns the routing off unless the guard is loaded.
 */
export const routingUnit = (savedSysctlsPath: string): string =>
  watchUnit(
    {
      header: 'Written by portfwd enable; portfwd disable removes it.',
      description: 'Guard of the routing that portfwd left on for other programs',
      after: 'nftables.service portfwd.service',
      check: `/bin/sh ${SCRIPT} watch`,
      close: `/bin/sh ${SCRIPT} off`,
      hardening: HARDENING,
    },
    savedSysctlsPath,
  );

interface Watch {
  readonly header: string;
  readonly description: string;
  readonly after: string;
  /** Runs when nftables.service has started or reloaded. */
  readonly check: string;
  /** Runs before nftables.service stops. */
  readonly close: string;
  readonly hardening: string;
}

const watchUnit = (
  { header, description, after, check, close, hardening }: Watch,
  savedSysctlsPath: string,
): string => `# ${header}
[Unit]
Description=${description}
After=${after}
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
DefaultDependencies=no
Before=shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${check}
ExecReload=${check}
ExecStop=${close}
${hardening}${writable(savedSysctlsPath)}`;

/** A state directory in these places would be hidden from the script. */
const visible = (path: string, hardening: string): string =>
  /^\/(?:home|root|run\/user|tmp|var\/tmp)\//.test(path)
    ? hardening.replace('ProtectHome=yes\n', '').replace('PrivateTmp=yes\n', '')
    : hardening;
