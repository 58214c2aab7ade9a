import { formatPorts } from '../../model/model.ts';
import type { HostBinding } from '../binding.ts';
import type { Chain } from './rule.ts';

/** The commands that are spelled out when each forward needs one of its own. */
const MOST = 3;

/** What makes this chain let the forwards through, in the words of the program that keeps it. */
export function allowCommand(chain: Chain, bindings: readonly HostBinding[]): string {
  if (chain.family === 'inet' && chain.table === 'firewalld') return FIREWALLD;
  if (isIptables(chain)) {
    const target = [...chain.rules.keys()];
    if (target.some((name) => /^ufw6?-/.test(name)) && bindings.every(({ protocol }) => protocol !== 'sctp'))
      return ufw(chain, bindings);
    return iptables(chain, target.includes('DOCKER-USER') && chain.name === 'FORWARD' ? 'DOCKER-USER' : chain.name);
  }
  return `run: nft insert rule ${chain.family} ${chain.table} ${chain.name} ct status dnat accept; write the rule into the file that this chain comes from as well`;
}

/**
 * Only in its strict mode (2.3 and later) does firewalld drop what others translate; neither a rich rule nor a
 * policy object lets that through.
 */
const FIREWALLD =
  "run: sed -i 's/^StrictForwardPorts=.*/StrictForwardPorts=no/' /etc/firewalld/firewalld.conf && firewall-cmd --reload";

/** Also where iptables' own program was missing, and nft read the chain that iptables-nft keeps. */
const isIptables = ({ command, family, name }: Chain): boolean =>
  command !== 'nft' || (family !== 'inet' && /^[A-Z]+$/.test(name));

function iptables({ command, family, table }: Chain, chain: string): string {
  const program = command === 'nft' ? { ip: 'iptables', ip6: 'ip6tables' }[family] : command;
  const where = table === 'filter' ? '' : `-t ${table} `;
  return `run: ${program} ${where}-I ${chain} -m conntrack --ctstate DNAT -j ACCEPT; have it run at every boot as well`;
}

/** ufw keeps its rules by itself; it has no word for all that is translated. */
function ufw({ hook }: Chain, bindings: readonly HostBinding[]): string {
  const command = hook === 'forward' ? 'ufw route allow' : 'ufw allow';
  const commands = bindings.map(
    ({ protocol, forward, targetPorts }) =>
      `${command} proto ${protocol} to ${forward.target.address} port ${formatPorts(targetPorts).replace('-', ':')}`,
  );
  const distinct = [...new Set(commands)];
  const left = distinct.length - MOST;
  return `run: ${distinct.slice(0, MOST).join(' && ')}${left > 0 ? `, and the same for the ${left} others` : ''}`;
}
