import { expect, test } from 'vitest';
import type { BootContent, BootFacts } from '../../../src/boot/boot-plan.ts';
import type { BootPlan } from '../../../src/boot/boot-plan.ts';
import { planBoot } from '../../../src/boot/plan-boot.ts';

const MAIN = { path: '/etc/nftables.conf', text: 'flush ruleset\n' };
const INCLUDING = { path: '/etc/nftables.nft', text: 'flush ruleset\ninclude "/etc/nftables.d/*.nft"\n' };
const FACTS: BootFacts = {
  distribution: 'Debian',
  fw4: undefined,
  main: MAIN,
  nftablesEnabled: true,
  manager: 'systemd',
  nft: '/usr/sbin/nft',
};
const CONTENT: BootContent = {
  ruleset: 'table inet portfwd\n',
  sysctls: [],
  udpListens: [],
  savedSysctlsPath: '/run/portfwd/sysctls',
};
const DNS = { family: 'ipv4', address: undefined, first: 53, last: 53, loopback: false, target: '10.0.0.2' } as const;
const ROUTE_LOCALNET = { path: "net/ipv4/conf/it's-1/route_localnet", value: '1', guard: 'pf_loopback_guard' };

const how = (facts: Partial<BootFacts>, content: Partial<BootContent> = {}): string =>
  planBoot({ ...FACTS, ...facts }, { ...CONTENT, ...content }).how;

function plan(facts: Partial<BootFacts>, content: Partial<BootContent> = {}): BootPlan {
  const made = planBoot({ ...FACTS, ...facts }, { ...CONTENT, ...content });
  if (made.how === 'refused') throw new Error(made.message);
  return made;
}

const script = (nftablesEnabled: boolean): string =>
  plan({ manager: 'openrc', nftablesEnabled }).files.at(-1)?.content ?? '';

const unit = (savedSysctlsPath: string): string =>
  plan({}, { savedSysctlsPath }).files.find(({ path }) => path.endsWith('portfwd.service'))?.content ?? '';

test('who loads it is decided by what is really there', () => {
  expect(how({})).toBe('systemd');
  expect(how({ main: undefined })).toBe('systemd');
  expect(how({ main: INCLUDING })).toBe('include');
  expect(how({ main: INCLUDING, nftablesEnabled: false })).toBe('systemd');
  expect(how({ main: INCLUDING, manager: 'openrc' }, { sysctls: [ROUTE_LOCALNET] })).toBe('openrc');
  expect(how({ main: INCLUDING }, { udpListens: [DNS] })).toBe('systemd');
  expect(how({ manager: undefined })).toBe('refused');
  expect(how({ fw4: '/sbin/fw4' })).toBe('refused');
  expect(how({ main: { ...MAIN, text: 'table inet fw4 {\n include "/etc/nftables.d/*.nft"\n}\n' } })).toBe('refused');
});

test('an include alone needs the drop-in alone', () => {
  expect(plan({ main: INCLUDING }).files.map(({ path }) => path)).toEqual(['/etc/nftables.d/portfwd.nft']);
});

test('a firewall that is not enabled is not started by portfwd.service', () => {
  expect(script(true)).toContain('need localmount nftables\n');
  expect(script(false)).toContain('need localmount\n');
});

test("an interface of any name is waited for, and its name is a word of the shell's", () => {
  const { files, links } = plan({}, { sysctls: [ROUTE_LOCALNET] });
  expect(links.map(({ path }) => path).at(-1)).toBe(
    String.raw`/etc/systemd/system/sys-subsystem-net-devices-it\x27s\x2d1.device.wants/portfwd-interface@it\x27s\x2d1.service`,
  );
  expect(files.find(({ path }) => path.endsWith('.sh'))?.content).toContain(
    String.raw`"$1" 'net/ipv4/conf/it'\''s-1/route_localnet' '1' 'pf_loopback_guard'`,
  );
});

test('the service may write where portfwd remembers', () => {
  expect(unit('/run/portfwd/sysctls')).toContain('RuntimeDirectory=portfwd\n');
  expect(unit('/srv/state/sysctls')).toContain('ReadWritePaths=-/srv/state\n');
});
