import {
  type BootContent,
  type BootFacts,
  type BootFile,
  type BootLink,
  type BootPlan,
  DROP_IN,
  everySysctl,
  hasGuard,
  UNITS,
} from './boot-plan.ts';
import { ROUTING_UNIT, routingUnit } from './guard-unit.ts';
import { hasPatterns, udevRule } from './interface-events.ts';
import { guardFiles, rulesetsIfOff } from './routing-files.ts';
import { interfacesOf, sysctlScript } from './sysctl-script.ts';
import { interfaceUnit, serviceUnit } from './systemd-units.ts';

const SERVICE = 'portfwd.service';
const TEMPLATE = 'portfwd-interface@.service';

/** A service that starts after nftables.service and before the network, and restarts together with nftables.service. */
export function systemdService(facts: BootFacts, content: BootContent): Pick<BootPlan, 'files' | 'links'> {
  const links = interfacesOf(everySysctl(content));
  const patterns = hasPatterns(everySysctl(content));
  return {
    files: [
      sysctlScript(facts, content),
      unit(
        SERVICE,
        serviceUnit(facts, content),
        `loads ${DROP_IN} after nftables.service, and again each time it restarts`,
      ),
      ...rulesetsIfOff(content),
      ...routingFiles(content),
      ...(links.length === 0 && !patterns
        ? []
        : [unit(TEMPLATE, interfaceUnit(content), 'sets the sysctls of an interface that appears after boot')]),
      // systemd makes the path of the device in /sys the name of the instance (systemd.device(5)).
      ...(patterns ? [udevRule(`TAG+="systemd", ENV{SYSTEMD_WANTS}+="${TEMPLATE}"`)] : []),
    ],
    links: [
      link('multi-user.target', SERVICE, SERVICE, 'starts the service at boot'),
      link('nftables.service', SERVICE, SERVICE, 'starts it again when nftables.service was stopped and starts'),
      ...links.map((name) => {
        const escaped = escapeInstance(name);
        const instance = TEMPLATE.replace('@', () => `@${escaped}`);
        const device = `sys-subsystem-net-devices-${escaped}.device`;
        return link(device, instance, TEMPLATE, `starts it when ${name} appears`);
      }),
    ],
  };
}

const routingFiles = (content: BootContent): BootFile[] =>
  hasGuard(content)
    ? [
        ...guardFiles(content),
        unit(
          ROUTING_UNIT,
          routingUnit(content.savedSysctlsPath),
          'turns that routing off if nftables.service removes its guard',
        ),
      ]
    : [];

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

/** As systemd-escape(1) escapes the instance name of a unit. */
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
