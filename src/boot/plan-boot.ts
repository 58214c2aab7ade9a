import {
  type BootContent,
  type BootFacts,
  type BootFile,
  type BootPlan,
  type BootRefusal,
  DROP_IN,
} from './boot-plan.ts';
import { includedBy, type Included } from './included-by.ts';
import { openrcService } from './openrc-service.ts';
import { systemdService } from './systemd-service.ts';

/**
 * From what is really there to what has to be written. The distribution's own files are never touched: where
 * none of them includes the drop-in, a service of our own loads it after theirs.
 */
export function planBoot(facts: BootFacts, content: BootContent): BootPlan | BootRefusal {
  const included = facts.main === undefined ? 'no' : includedBy(facts.main.text);
  if (facts.fw4 !== undefined || included === 'in-table') return inTable(facts);
  const notes = notesOn(included, facts);
  if (included === 'yes' && facts.nftablesEnabled && content.sysctls.length === 0)
    return { how: 'include', files: [dropIn(content)], links: [], notes };
  if (facts.manager === undefined) return nobody(facts);
  const { files, links } = (facts.manager === 'systemd' ? systemdService : openrcService)(facts, content);
  return { how: facts.manager, files: [dropIn(content), ...files], links, notes };
}

const dropIn = ({ ruleset }: BootContent): BootFile => ({
  path: DROP_IN,
  mode: 0o644,
  content: `# Written by portfwd, and again with every change that is kept; portfwd disable removes it.\n${ruleset}`,
  why: 'the forwards, as nft loads them',
});

function notesOn(included: Included, { distribution, main, nftablesEnabled, manager }: BootFacts): string[] {
  const path = main?.path ?? '';
  const service = manager === undefined ? 'nothing' : 'a service of our own';
  switch (included) {
    case 'yes':
      return [
        nftablesEnabled
          ? `${distribution}: ${path} includes the file, and the nftables service loads it at boot`
          : `${distribution}: ${path} includes the file, but the nftables service is not enabled; ${service} loads it`,
      ];
    case 'before-flush':
      return [`${distribution}: ${path} includes the file before its "flush ruleset", so ${service} loads it`];
    default:
      return [
        main === undefined
          ? `${distribution}: there is no main file of nftables; ${service} loads it`
          : `${distribution}: ${path} does not include the file, so ${service} loads it`,
      ];
  }
}

/** The whole firewall would fail to load: a table cannot stand in a table. */
const inTable = ({ distribution, fw4, main }: BootFacts): BootRefusal => ({
  how: 'refused',
  message: `${distribution}: ${fw4 ?? main?.path} includes /etc/nftables.d inside a table, where our file would keep the whole firewall from loading`,
  remedy:
    'write the ruleset where whole tables are included: portfwd compile --format nft --host-facts live -o /usr/share/nftables.d/ruleset-post/50-portfwd.nft',
});

const nobody = ({ distribution, main }: BootFacts): BootRefusal => ({
  how: 'refused',
  message: `${distribution}: neither systemd nor OpenRC is there, and ${main?.path ?? 'no main file'} does not load ${DROP_IN} by itself`,
  remedy: `write the ruleset with portfwd compile --format nft -o FILE, and let what starts this host run nft -f FILE`,
});
