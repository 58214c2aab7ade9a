import { isWildcard } from '../../diagnose/covered/shadows.ts';
import type { HostBinding } from '../../diagnose/binding.ts';
import { packetAfter } from '../../diagnose/firewall/packet.ts';
import { formatChain, type Chain } from '../../diagnose/firewall/rule.ts';
import { verdictOf } from '../../diagnose/firewall/verdict.ts';
import type { ObservedSocket } from '../../diagnose/observations.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { isLoopback } from '../../model/address.ts';
import { formatTarget, lengthOf } from '../../model/model.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';
import { clientsOf } from './replies.ts';
import { neighbourSilent, routeToTarget } from './route.ts';
import { resultsOf, type ResultOf } from './probed.ts';

/** The target is this host, which knows its sockets. */
export function nothingListens(one: Case, evidence: Evidence): Cause[] {
  if (!one.local) return [];
  const { sockets } = evidence.seen;
  const answered = new Set(
    resultsOf(one, evidence)
      .filter(({ result }) => result === 'answered')
      .map(({ binding }) => binding),
  );
  const silent = one.bindings.filter(
    (binding) => binding.protocol !== 'sctp' && !answered.has(binding) && !isServed(binding, sockets),
  );
  return silent.slice(0, 1).map((binding) => socketCause(binding, sockets, evidence));
}

function isServed(binding: HostBinding, sockets: readonly ObservedSocket[]): boolean {
  const { targetPorts, forward } = binding;
  return sockets.some(
    (socket) =>
      socket.protocol === binding.protocol &&
      targetPorts.first <= socket.port &&
      socket.port <= targetPorts.last &&
      (socket.address === forward.target.address || takesEvery(socket.address, forward.target.address)),
  );
}

const takesEvery = (address: string, target: string): boolean =>
  target.includes(':') ? address === '::' : isWildcard(address);

function socketCause(
  { protocol, targetPorts, forward }: HostBinding,
  sockets: readonly ObservedSocket[],
  { portfwd }: Evidence,
): Cause {
  const target = formatTarget({ ...forward.target, ports: targetPorts });
  const other = sockets.find(
    ({ protocol: of, port, address }) =>
      of === protocol && port === targetPorts.first && address.includes(':') === (forward.family === 'ip6'),
  );
  if (other === undefined)
    return cause(
      'nothing-listens',
      'fault',
      `nothing listens on ${protocol} ${target}, which is this host`,
      'start the service, or write the address and port where it listens; ss -lntu lists them',
    );
  const wanted = formatTarget({ ...forward.target, address: other.address });
  const loopback = isLoopback(other.address) && !forward.loopback ? ' loopback=true' : '';
  return cause(
    'listens-elsewhere',
    'fault',
    `nothing listens on ${protocol} ${target}, which is this host; ${other.process ?? 'a process'} listens on ${other.address} only`,
    `let the service listen on ${forward.target.address}, or run: ${portfwd(`set ${shellWord(forward.name)} target=${shellWord(wanted)}${loopback}`)}`,
  );
}

/** How another host answers this one. Packets of clients take another way, so only what is known is said. */
export function portProbed(one: Case, evidence: Evidence): Cause[] {
  const isKnown = one.local || neighbourSilent(one, evidence).length > 0;
  if (isKnown || routeToTarget(one, evidence).some(({ level }) => level === 'fault')) return [];
  return resultsOf(one, evidence)
    .filter(({ result }) => result !== 'answered' && result !== 'not-sent')
    .flatMap((probed) => probeCause(probed, one, evidence))
    .slice(0, 1);
}

function probeCause({ binding, result }: ResultOf, one: Case, evidence: Evidence): Cause[] {
  const { forward, protocol, targetPorts } = binding;
  const port = targetPorts.first;
  const { address } = forward.target;
  const what = `${protocol} port ${port} of ${address}`;
  if (protocol === 'udp' && result === 'silent') return [];
  const own = ownDrop(binding, evidence.chains ?? []);
  if (own !== undefined)
    return [
      cause(
        'probe-blocked',
        'note',
        `${formatChain(own)} drops connections of this host itself to ${what}, so it is not known whether the target answers`,
        'try it from a client',
      ),
    ];
  const level = lengthOf(targetPorts) > 1 ? 'doubt' : 'fault';
  const correct = evidence.portfwd(
    `set ${shellWord(forward.name)} target=${formatTarget({ ...forward.target, ports: undefined })}:PORT`,
  );
  switch (result) {
    case 'refused':
      return [
        cause(
          'port-refused',
          level,
          `${address} refuses ${what.replace(` of ${address}`, '')} to this host: nothing listens there, or its firewall refuses it`,
          `start the service on ${address}, let it listen on that address and not only on 127.0.0.1, or correct the port: ${correct}`,
        ),
      ];
    case 'rejected':
      return [
        cause(
          'port-rejected',
          level,
          `a firewall or router rejects packets of this host to ${what}`,
          `allow it on ${address} and on the routers between`,
        ),
      ];
    default: {
      const { answered } = clientsOf(one, evidence);
      return [
        cause(
          'port-silent',
          answered > 0 ? 'doubt' : level,
          `${what} did not answer this host: a firewall on ${address} or on the way drops the packets, or its answers take another way${answered > 0 ? '; some clients got answers before' : ''}`,
          `allow ${protocol} port ${port} in the firewall of ${address}, for its clients and for this host`,
        ),
      ];
    }
  }
}

/** A chain of this host that drops what this host itself sends to the target. */
const ownDrop = (binding: HostBinding, chains: readonly Chain[]): Chain | undefined =>
  chains.find(
    (chain) =>
      (chain.hook === 'output' || chain.hook === 'postrouting') &&
      chain.type === 'filter' &&
      (chain.family === 'inet' || chain.family === binding.forward.family) &&
      verdictOf(chain, { ...packetAfter(binding), translated: false, comesIn: [] }).action === 'drop',
  );
