import {
  type BootContent,
  type BootFacts,
  type BootFile,
  type BootLink,
  type BootPlan,
  COUNTERS_FILE,
  COUNTERS_SCRIPT,
  INIT,
  UNITS,
} from './boot-plan.ts';
import { countersScript } from './counters-script.ts';
import { HARDENING } from './systemd-units.ts';

export const COUNTERS_UNIT = 'portfwd-counters.service';

const SCRIPT = `${INIT}/portfwd-counters`;

/**
 * A service of its own, because the service with the forwards is not there if the distribution's main file includes them. It
 * starts before the forwards, and stops before the nftables service removes all tables.
 */
export function countersService(facts: BootFacts, { counters }: BootContent): Pick<BootPlan, 'files' | 'links'> {
  if (counters === undefined || facts.manager === undefined) return { files: [], links: [] };
  const service = facts.manager === 'systemd' ? systemd(counters.directory) : openrc(facts);
  return {
    files: [
      {
        path: COUNTERS_FILE,
        mode: 0o644,
        content: `# Written by portfwd enable; portfwd disable removes it.\n${counters.text}`,
        why: 'the table that counts for each forward',
      },
      countersScript(facts, counters),
      ...service.files,
    ],
    links: service.links,
  };
}

const WHY = 'loads the counters, and saves their values when the nftables service or the system stops';

const systemd = (directory: string): { readonly files: readonly BootFile[]; readonly links: readonly BootLink[] } => ({
  files: [{ path: `${UNITS}/${COUNTERS_UNIT}`, mode: 0o644, content: unit(directory), why: WHY }],
  links: ['multi-user.target', 'nftables.service'].map((wantedBy) => ({
    path: `${UNITS}/${wantedBy}.wants/${COUNTERS_UNIT}`,
    target: `${UNITS}/${COUNTERS_UNIT}`,
    why: wantedBy === 'multi-user.target' ? 'starts it at boot' : 'starts it again together with nftables.service',
  })),
});

const unit = (directory: string): string => `# Written by portfwd enable; portfwd disable removes it.
[Unit]
Description=Counters of the forwards of portfwd
After=nftables.service local-fs.target
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
DefaultDependencies=no
Before=portfwd.service network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-/bin/sh ${COUNTERS_SCRIPT} on
ExecReload=-/bin/sh ${COUNTERS_SCRIPT} on
ExecStop=/bin/sh ${COUNTERS_SCRIPT} save
${HARDENING}ReadWritePaths=-${directory}

[Install]
WantedBy=multi-user.target nftables.service
`;

const openrc = ({
  nftablesEnabled,
}: BootFacts): { readonly files: readonly BootFile[]; readonly links: readonly BootLink[] } => ({
  files: [{ path: SCRIPT, mode: 0o755, content: script(nftablesEnabled), why: WHY }],
  links: [{ path: '/etc/runlevels/default/portfwd-counters', target: SCRIPT, why: 'starts it at boot' }],
});

const script = (nftablesEnabled: boolean): string => `#!/sbin/openrc-run
# Written by portfwd enable; portfwd disable removes it.
description="Counters of the forwards of portfwd"
extra_started_commands="reload"

depend() {
	need localmount${nftablesEnabled ? ' nftables' : ''}
	after nftables
	before portfwd
}

start() {
	ebegin "Loading the counters of the forwards"
	sh ${COUNTERS_SCRIPT} on
	eend $?
}

reload() {
	ebegin "Loading the counters of the forwards again"
	sh ${COUNTERS_SCRIPT} on
	eend $?
}

stop() {
	ebegin "Saving the counters of the forwards"
	sh ${COUNTERS_SCRIPT} save
	eend $?
}
`;
