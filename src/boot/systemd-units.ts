import { type BootContent, type BootFacts, DROP_IN, hasGuard, SCRIPT } from './boot-plan.ts';

/**
 * ExecStop restores the sysctls before it deletes the table with their guard chains, or leaves routing on behind a guard of
 * its own. If a sysctl cannot be restored, it fails, so the table stays. If a reload fails, the reload of nftables.service
 * has deleted the guard chains, and `on` restores the sysctls. No default dependencies, like nftables.service on Debian:
 * they would create an ordering cycle with cloud-init.
 */
export const serviceUnit = (
  { nft }: BootFacts,
  content: BootContent,
): string => `# Written by portfwd enable; portfwd disable removes it.
[Unit]
Description=Forwards of portfwd and the sysctls they need
After=nftables.service systemd-sysctl.service local-fs.target
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${nft} -f ${DROP_IN}
ExecStartPost=/bin/sh ${SCRIPT} on
ExecReload=-${nft} -f ${DROP_IN}
ExecReload=/bin/sh ${SCRIPT} on
ExecStop=/bin/sh ${SCRIPT} ${hasGuard(content) ? 'leave' : 'off'}
ExecStop=${nft} "add table inet portfwd; delete table inet portfwd"
${HARDENING}${writable(content.savedSysctlsPath)}
[Install]
WantedBy=multi-user.target nftables.service
`;

/** Runs each time the interface appears, if the forwards are loaded. */
export const interfaceUnit = ({
  savedSysctlsPath,
}: BootContent): string => `# Written by portfwd enable; portfwd disable removes it.
[Unit]
Description=Sysctls that the forwards of portfwd need on %I
Requisite=portfwd.service
After=portfwd.service
DefaultDependencies=no
Before=shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=/bin/sh ${SCRIPT} on %I
${HARDENING}${writable(savedSysctlsPath)}`;

export function writable(savedSysctlsPath: string): string {
  const directory = savedSysctlsPath.slice(0, savedSysctlsPath.lastIndexOf('/'));
  return directory === '/run/portfwd'
    ? 'RuntimeDirectory=portfwd\nRuntimeDirectoryMode=0700\nRuntimeDirectoryPreserve=yes\n'
    : `ReadWritePaths=-${directory}\n`;
}

/** Everything that nft and the sysctl script do not need (systemd.exec(5)). ProtectKernelTunables= would break the script. */
export const HARDENING = `StandardInput=null
UMask=0077
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectProc=invisible
PrivateDevices=yes
PrivateTmp=yes
PrivateMounts=yes
RestrictAddressFamilies=AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
DevicePolicy=closed
IPAddressDeny=any
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
`;
