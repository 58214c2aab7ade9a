import { type BootContent, type BootFacts, type BootPlan, DROP_IN, everySysctl, SCRIPT } from './boot-plan.ts';
import { hasPatterns, udevRule } from './interface-events.ts';
import { rulesetsIfOff } from './routing-files.ts';
import { interfacesOf, sysctlScript } from './sysctl-script.ts';

const SERVICE = '/etc/init.d/portfwd';

/** For OpenRC, which restarts this service together with the nftables service that it needs (openrc-run(8)). */
export const openrcService = (facts: BootFacts, content: BootContent): Pick<BootPlan, 'files' | 'links'> => ({
  files: [
    sysctlScript(facts, content),
    ...rulesetsIfOff(content),
    {
      path: SERVICE,
      mode: 0o755,
      content: script(facts, content),
      why: `loads ${DROP_IN} after the nftables service${facts.nftablesEnabled ? ', and again each time it restarts' : ''}`,
    },
    ...(hasPatterns(everySysctl(content)) ? [udevRule(`RUN+="/bin/sh ${SCRIPT} on $name"`)] : []),
  ],
  links: [{ path: '/etc/runlevels/default/portfwd', target: SERVICE, why: 'starts the service at boot' }],
});

/** `need nftables` would start that service, so it is left out if the service is not enabled. */
const script = ({ nft, nftablesEnabled }: BootFacts, content: BootContent): string => `#!/sbin/openrc-run
# Written by portfwd enable; portfwd disable removes it.
description="Forwards of portfwd and the sysctls they need"
extra_started_commands="reload"

depend() {
	need localmount${nftablesEnabled ? ' nftables' : ''}
	after nftables sysctl${interfacesOf(everySysctl(content)).length === 0 && !hasPatterns(everySysctl(content)) ? '' : ' net'}
}

start() {
	ebegin "Loading the forwards"
	${nft} -f ${DROP_IN} && sh ${SCRIPT} on
	eend $?
}

reload() {
	ebegin "Loading the forwards again"
	${nft} -f ${DROP_IN}
	sh ${SCRIPT} on
	eend $?
}

stop() {
	ebegin "Removing the forwards"
	sh ${SCRIPT} off && ${nft} "add table inet portfwd; delete table inet portfwd"
	eend $?
}
`;
