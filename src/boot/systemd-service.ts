import {
  type BootContent,
  type BootFacts,
  type BootFile,
  type BootLink,
  type BootPlan,
  DROP_IN,
  SCRIPT,
  UNITS,
} from './boot-plan.ts';
import { interfacesOf, sysctlScript } from './sysctl-script.ts';

const SERVICE = 'portfwd.service';
const TEMPLATE = 'portfwd-interface@.service';

/** After the distribution's own firewall, stopped and started with it, and before there is a network. */
export function systemdService(facts: BootFacts, content: BootContent): Pick<BootPlan, 'files' | 'links'> {
  const links = interfacesOf(content.sysctls);
  return {
    files: [
      sysctlScript(facts, content),
      unit(
        SERVICE,
        service(facts, content),
        `loads ${DROP_IN} after nftables.service, and again whenever that restarts`,
      ),
      ...(links.length === 0
        ? []
        : [
            unit(
              TEMPLATE,
              forInterface(content),
              'sets the sysctls of an interface that comes later than the forwards',
            ),
          ]),
    ],
    links: [
      link('multi-user.target', SERVICE, SERVICE, 'starts it at boot'),
      ...links.map((name) => {
        const escaped = escapeInstance(name);
        const instance = TEMPLATE.replace('@', () => `@${escaped}`);
        const device = `sys-subsystem-net-devices-${escaped}.device`;
        return link(device, instance, TEMPLATE, `starts it when ${name} appears`);
      }),
    ],
  };
}

const unit = (name: string, content: string, why: string): BootFile => ({
  path: `${UNITS}/${name}`,
  mode: 0o644,
  content,
  why,
});

const link = (wantedBy: string, name: string, file: string, why: string): BootLink => ({
  path: `${UNITS}/${wantedBy}.wants/${name}`,
  target: `${UNITS}/${file}`,
  why,
});

/**
 * Stopped in the order of ExecStop: what is open closes while its guard still stands. A reload that fails has
 * lost the guard to the reload of nftables.service; then `on` closes what is open. Without default dependencies,
 * as nftables.service is on Debian: with them, cloud-init's order and ours would be a circle.
 */
const service = (
  { nft }: BootFacts,
  { savedSysctlsPath }: BootContent,
): string => `# Written by portfwd enable; portfwd disable removes it.
[Unit]
Description=Forwards of portfwd, and the sysctls that they need
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
ExecStop=/bin/sh ${SCRIPT} off
ExecStop=${nft} "add table inet portfwd; delete table inet portfwd"
${HARDENING}${writable(savedSysctlsPath)}
[Install]
WantedBy=multi-user.target
`;

/** Not while the forwards are not loaded, and again each time that the interface appears. */
const forInterface = ({
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

function writable(savedSysctlsPath: string): string {
  const directory = savedSysctlsPath.slice(0, savedSysctlsPath.lastIndexOf('/'));
  return directory === '/run/portfwd'
    ? 'RuntimeDirectory=portfwd\nRuntimeDirectoryMode=0700\nRuntimeDirectoryPreserve=yes\n'
    : `ReadWritePaths=-${directory}\n`;
}

/** All that nft can do without, and a shell that writes sysctls: not ProtectKernelTunables= (systemd.exec(5)). */
const HARDENING = `StandardInput=null
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

/** As systemd-escape(1) does it for the instance of a unit. */
const escapeInstance = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte, index) => {
      const letter = String.fromCodePoint(byte);
      if (letter === '/') return '-';
      return /[a-zA-Z0-9:_]/.test(letter) || (letter === '.' && index > 0)
        ? letter
        : String.raw`\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
