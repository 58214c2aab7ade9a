import { groupBy } from '../../model/group-by.ts';
import { formatPorts } from '../../model/model.ts';
import type { HostBinding } from '../binding.ts';
import { shellWord } from '../printed-command.ts';
import type { Chain } from './rule.ts';

/** The command with which the program that manages the chain lets the forwards through. */
export function allowCommand(chain: Chain, bindings: readonly HostBinding[]): string {
  if (chain.family === 'inet' && chain.table === 'firewalld') return FIREWALLD;
  if (!isIptables(chain)) return nft(chain, bindings);
  const names = [...chain.rules.keys()];
  if (names.some((name) => /^ufw6?-/.test(name)) && bindings.every(({ protocol }) => protocol !== 'sctp'))
    return ufw(chain, bindings);
  return iptables(
    chain,
    names.includes('DOCKER-USER') && chain.name === 'FORWARD' ? 'DOCKER-USER' : chain.name,
    bindings,
  );
}

/**
 * In strict mode (firewalld 2.3 and later), firewalld drops packets that other programs translate. Rich rules and
 * policies cannot make an exception.
 */
const FIREWALLD =
  "run: sed -i 's/^ *StrictForwardPorts *=.*/StrictForwardPorts=no/' /etc/firewalld/firewalld.conf && firewall-cmd --reload; this switches strict mode off for every connection with DNAT, and the reload drops rules that are not permanent";

const ALL_TRANSLATED = 'this accepts every connection with DNAT, not only those of portfwd';
const THESE_FIRST = 'this accepts the packets of the forward before the other rules of the chain see them';

function nft({ family, table, name }: Chain, bindings: readonly HostBinding[]): string {
  const rules = nftRules(bindings);
  const said = rules.length === 0 ? ALL_TRANSLATED : THESE_FIRST;
  const all = rules.length === 0 ? ['ct status dnat accept'] : rules;
  // nft would read a name with other characters as syntax.
  if (![family, table, name].every((word) => /^[A-Za-z][\w/.-]*$/.test(word)))
    return `insert the rule ${all.map((rule) => `"${rule}"`).join(' and ')} at the top of this chain; ${said}`;
  const commands = all.map((rule) => `nft insert rule ${family} ${table} ${name} ${rule}`);
  return `run: ${commands.join(' && ')}; ${said}; ${keep(table)}`;
}

/** More commands than these are not printed. */
const MAX_COMMANDS = 3;

/** ufw has no shorter way for many targets. */
const MAX_UFW_COMMANDS = 20;

/** A longer set is too long to copy. */
const MAX_ADDRESSES = 12;

/**
 * The sender of the replies is the target, for packets of both directions. nft cannot load such a port without its protocol,
 * and 1.0 cannot load a set of such ports, even if it printed them itself. So each port has a rule. Empty: there are too many targets.
 */
function nftRules(bindings: readonly HostBinding[]): string[] {
  const groups = groupBy(bindings, ({ forward, protocol, targetPorts }) =>
    [forward.family, protocol, formatPorts(targetPorts)].join(' '),
  );
  const rules = [...groups].map(([key, some]) => {
    const [family, protocol, ports] = key.split(' ');
    const addresses = [...new Set(some.map(({ forward }) => forward.target.address))];
    return {
      addresses,
      text: `ct status dnat meta l4proto ${protocol} ct reply ${family} saddr ${setOf(addresses)} ct reply proto-src ${ports} accept`,
    };
  });
  const isShort = rules.length <= MAX_COMMANDS && rules.every(({ addresses }) => addresses.length <= MAX_ADDRESSES);
  return isShort ? rules.map(({ text }) => text) : [];
}

const setOf = (elements: readonly string[]): string =>
  elements.length === 1 ? (elements[0] ?? '') : `'{ ${elements.join(', ')} }'`;

/** libvirt writes its table again when a network starts, so no file has it. */
const keep = (table: string): string =>
  table === 'libvirt_network'
    ? 'to keep it, run it from the hook /etc/libvirt/hooks/network, as docs/recipes.md shows'
    : 'to keep it, add it to the configuration of the firewall';

/** Without the program iptables, nft lists the chains of iptables-nft. */
const isIptables = ({ command, family, name }: Chain): boolean =>
  command !== 'nft' || (family !== 'inet' && /^[A-Z]+$/.test(name));

function iptables({ command, family, table }: Chain, chain: string, bindings: readonly HostBinding[]): string {
  const program = command === 'nft' ? { ip: 'iptables', ip6: 'ip6tables' }[family] : command;
  const where = table === 'filter' ? '' : `-t ${shellWord(table)} `;
  const targets = new Set(
    bindings.map(
      ({ forward, protocol, targetPorts }) =>
        ` -p ${protocol} -m conntrack --ctstate DNAT --ctreplsrc ${forward.target.address} --ctreplsrcport ${formatPorts(targetPorts).replace('-', ':')}`,
    ),
  );
  const few = targets.size <= MAX_COMMANDS;
  const commands = (few ? [...targets] : [' -m conntrack --ctstate DNAT']).map(
    (target) => `${program} ${where}-I ${shellWord(chain)}${target} -j ACCEPT`,
  );
  return `run: ${commands.join(' && ')}; ${few ? THESE_FIRST : ALL_TRANSLATED}; to keep it, run it at every boot`;
}

/** ufw saves its rules itself. It has no syntax for every translated connection. */
function ufw({ hook }: Chain, bindings: readonly HostBinding[]): string {
  const command = hook === 'forward' ? 'ufw route allow' : 'ufw allow';
  const commands = bindings.flatMap(({ protocol, forward, targetPorts }) =>
    fromOf(forward.from).map(
      (from) =>
        `${command} proto ${protocol}${from} to ${forward.target.address} port ${formatPorts(targetPorts).replace('-', ':')}`,
    ),
  );
  const distinct = [...new Set(commands)];
  const left = distinct.length - MAX_UFW_COMMANDS;
  const direct = hook === 'forward' ? 'the targets' : 'these ports of this host';
  return `run: ${distinct.slice(0, MAX_UFW_COMMANDS).join(' && ')}${left > 0 ? `; do the same for the other ${left}` : ''}; this also lets clients reach ${direct} without the forward, and docs/recipes.md has a rule that does not`;
}

/** Without it, a rule for a forward with `from` would open the target to everyone. */
const fromOf = (clients: readonly string[]): readonly string[] =>
  clients.length === 0 ? [''] : clients.map((client) => ` from ${client}`);
