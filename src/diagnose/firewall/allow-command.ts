import { formatPorts } from '../../model/model.ts';
import type { HostBinding } from '../binding.ts';
import { shellWord } from '../printed-command.ts';
import type { Chain } from './rule.ts';

/** The command with which the program that manages the chain lets the forwards through. */
export function allowCommand(chain: Chain, bindings: readonly HostBinding[]): string {
  if (chain.family === 'inet' && chain.table === 'firewalld') return FIREWALLD;
  if (!isIptables(chain)) return nft(chain);
  const names = [...chain.rules.keys()];
  if (names.some((name) => /^ufw6?-/.test(name)) && bindings.every(({ protocol }) => protocol !== 'sctp'))
    return ufw(chain, bindings);
  return iptables(chain, names.includes('DOCKER-USER') && chain.name === 'FORWARD' ? 'DOCKER-USER' : chain.name);
}

/**
 * In strict mode (firewalld 2.3 and later), firewalld drops packets that other programs translate. Rich rules and
 * policies cannot make an exception.
 */
const FIREWALLD =
  "run: sed -i 's/^StrictForwardPorts=.*/StrictForwardPorts=no/' /etc/firewalld/firewalld.conf && firewall-cmd --reload; this switches strict mode off for every connection with DNAT, and the reload drops rules that are not permanent";

const ALL_TRANSLATED = 'this accepts every connection with DNAT, not only those of portfwd';

function nft({ family, table, name }: Chain): string {
  const rule = 'ct status dnat accept';
  // nft would read a name with other characters as syntax.
  if (![family, table, name].every((word) => /^[A-Za-z][\w/.-]*$/.test(word)))
    return `insert the rule "${rule}" at the top of this chain; ${ALL_TRANSLATED}`;
  return `run: nft insert rule ${family} ${table} ${name} ${rule}; ${ALL_TRANSLATED}; ${keep(table)}`;
}

/** libvirt writes its table again when a network starts, so no file has it. */
const keep = (table: string): string =>
  table === 'libvirt_network'
    ? 'to keep it, run it from the hook /etc/libvirt/hooks/network, as docs/recipes.md shows'
    : 'to keep it, add it to the configuration of the firewall';

/** Without the program iptables, nft lists the chains of iptables-nft. */
const isIptables = ({ command, family, name }: Chain): boolean =>
  command !== 'nft' || (family !== 'inet' && /^[A-Z]+$/.test(name));

function iptables({ command, family, table }: Chain, chain: string): string {
  const program = command === 'nft' ? { ip: 'iptables', ip6: 'ip6tables' }[family] : command;
  const where = table === 'filter' ? '' : `-t ${shellWord(table)} `;
  return `run: ${program} ${where}-I ${chain} -m conntrack --ctstate DNAT -j ACCEPT; ${ALL_TRANSLATED}; to keep it, run it at every boot`;
}

/** More commands than these are counted. */
const MAX_COMMANDS = 3;

/** ufw saves its rules itself. It has no syntax for every translated connection. */
function ufw({ hook }: Chain, bindings: readonly HostBinding[]): string {
  const command = hook === 'forward' ? 'ufw route allow' : 'ufw allow';
  const commands = bindings.map(
    ({ protocol, forward, targetPorts }) =>
      `${command} proto ${protocol} to ${forward.target.address} port ${formatPorts(targetPorts).replace('-', ':')}`,
  );
  const distinct = [...new Set(commands)];
  const left = distinct.length - MAX_COMMANDS;
  const direct = hook === 'forward' ? 'the targets' : 'these ports of this host';
  return `run: ${distinct.slice(0, MAX_COMMANDS).join(' && ')}${left > 0 ? `; do the same for the other ${left}` : ''}; this also lets clients reach ${direct} without the forward, and docs/recipes.md has a rule that does not`;
}
