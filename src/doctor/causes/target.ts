import { isWildcard } from '../../diagnose/covered/shadows.ts';
import type { HostBinding } from '../../diagnose/binding.ts';
import { packetAfter } from '../../diagnose/firewall/packet.ts';
import { partialDrops } from '../../diagnose/firewall/partial-drops.ts';
import { formatChain, type Chain, type Rule } from '../../diagnose/firewall/rule.ts';
import { verdictOf } from '../../diagnose/firewall/verdict.ts';
import type { ObservedSocket } from '../../diagnose/observations.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { isLoopback } from '../../model/address.ts';
import { formatTarget, lengthOf } from '../../model/model.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';
import { countedText } from './counted.ts';
import { clientsOf, sourceRewritten } from './replies.ts';
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
  const found = silent.slice(0, 1).map((binding) => socketCause(binding, sockets, evidence));
  return found.length > 0 ? found : acceptsNothing(one, evidence);
}

/** A service whose queue of new connections is full. A firewall can drop those of this host itself, and not those of clients. */
function acceptsNothing(one: Case, evidence: Evidence): Cause[] {
  const silent = resultsOf(one, evidence).find(
    ({ result, binding }) => result === 'silent' && binding.protocol === 'tcp',
  );
  if (silent === undefined || ownDrop(silent.binding, evidence) !== undefined) return [];
  const { unanswered, answered } = clientsOf(one, evidence);
  const { forward, targetPorts } = silent.binding;
  const target = formatTarget({ ...forward.target, ports: { first: targetPorts.first, last: targetPorts.first } });
  return [
    cause(
      'port-silent',
      unanswered.length > 0 && answered === 0 ? 'fault' : 'doubt',
      `a service of this host listens on tcp ${target}, and does not take connections: it may be stuck, or a firewall of this host drops them`,
      `restart the service; if Recv-Q of its socket is above Send-Q, it takes no connections: ss -lnt sport = :${targetPorts.first}`,
    ),
  ];
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
  const others = sockets.filter(({ protocol: of, port }) => of === protocol && port === targetPorts.first);
  const other = others.find(({ address }) => address.includes(':') === (forward.family === 'ip6'));
  const [foreign] = others;
  if (other === undefined && foreign !== undefined)
    return cause(
      'listens-elsewhere',
      'fault',
      `nothing listens on ${protocol} ${target}, which is this host; ${foreign.process ?? 'a process'} listens on ${foreign.address} only`,
      `let the service listen on ${forward.target.address}`,
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
  const isKnown = one.local || neighbourSilent(one, evidence).length > 0 || sourceRewritten(one, evidence).length > 0;
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
  const own = ownDrop(binding, evidence);
  if (own !== undefined)
    return [
      cause(
        'probe-blocked',
        'note',
        `${formatChain(own.chain)} drops connections of this host itself to ${what}, so it is not known whether the target answers${countedText(own.by, evidence)}`,
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

/** A chain of this host that drops what this host itself sends to the target. Undefined `by`: its policy. */
function ownDrop(
  binding: HostBinding,
  { chains = [], rises }: Evidence,
): { readonly chain: Chain; readonly by: Rule | undefined } | undefined {
  const packet = { ...packetAfter(binding), translated: false, comesIn: [] };
  for (const chain of chains) {
    const isOnWay = chain.type === 'filter' && (chain.hook === 'output' || chain.hook === 'postrouting');
    if (!isOnWay || (chain.family !== 'inet' && chain.family !== binding.forward.family)) continue;
    const { action, by } = verdictOf(chain, packet);
    if (action === 'drop') return { chain, by };
    // The rule may be for other packets, but it dropped some during the probe.
    const risen = partialDrops(chain, packet).find((rule) => rises.has(rule));
    if (risen !== undefined) return { chain, by: risen };
  }
  return undefined;
}
