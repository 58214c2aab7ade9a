import {
  type BootContent,
  type BootFacts,
  type BootFile,
  type BootPlan,
  type BootRefusal,
  DROP_IN,
  everySysctl,
} from './boot-plan.ts';
import { countersService } from './counters-service.ts';
import { includedBy, type Included } from './included-by.ts';
import { openrcService } from './openrc-service.ts';
import { systemdService } from './systemd-service.ts';

/**
 * Plans the files for this host. The distribution's files are never changed: if none of them includes the drop-in, a
 * service of portfwd loads it after them.
 */
export function planBoot(facts: BootFacts, content: BootContent): BootPlan | BootRefusal {
  const included = facts.main === undefined ? 'no' : includedBy(facts.main.text);
  if (facts.fw4 !== undefined || included === 'in-table') return inTable(facts);
  const counting = countersService(facts, content);
  const notes = [`${facts.distribution}: ${noteOn(included, facts)}`];
  if (included === 'yes' && facts.nftablesEnabled && everySysctl(content).length + content.udpListens.length === 0)
    return { how: 'include', files: [dropIn(content), ...counting.files], links: counting.links, notes };
  if (facts.manager === undefined) return withoutServices(facts);
  const { files, links } = (facts.manager === 'systemd' ? systemdService : openrcService)(facts, content);
  return {
    how: facts.manager,
    files: [dropIn(content), ...files, ...counting.files],
    links: [...links, ...counting.links],
    notes,
  };
}

const dropIn = ({ ruleset }: BootContent): BootFile => ({
  path: DROP_IN,
  mode: 0o644,
  content: `# Written by portfwd and rewritten on every change; do not edit. portfwd disable removes it.\n${ruleset}`,
  why: 'the ruleset with the forwards',
});

function noteOn(included: Included, { main, nftablesEnabled }: BootFacts): string {
  if (main === undefined) return 'there is no main file of nftables; a service of portfwd loads the forwards';
  switch (included) {
    case 'yes':
      return nftablesEnabled
        ? `${main.path} includes ${DROP_IN}, and the nftables service loads it at boot`
        : `${main.path} includes ${DROP_IN}, but the nftables service is not enabled; a service of portfwd loads it`;
    case 'before-flush':
      return `${main.path} includes ${DROP_IN} before its "flush ruleset", so a service of portfwd loads it`;
    default:
      return `${main.path} does not include ${DROP_IN}, so a service of portfwd loads it`;
  }
}

/** A table inside a table is a syntax error: the whole firewall would fail to load. */
const inTable = ({ distribution, fw4, main }: BootFacts): BootRefusal => ({
  how: 'refused',
  message: `${distribution}: ${fw4 ?? main?.path} includes /etc/nftables.d inside a table, so a file of portfwd there would keep the whole firewall from loading`,
  remedy:
    'write the ruleset to a directory for whole tables: portfwd compile --format nft --host-facts live -o /usr/share/nftables.d/ruleset-post/50-portfwd.nft',
});

const withoutServices = ({ distribution, main }: BootFacts): BootRefusal => ({
  how: 'refused',
  message: `${distribution}: neither systemd nor OpenRC is installed, and ${main === undefined ? 'there is no main file of nftables' : `${main.path} does not load ${DROP_IN}`}`,
  remedy:
    'write the ruleset with portfwd compile --format nft --host-facts live -o FILE, and run nft -f FILE in a boot script',
});
