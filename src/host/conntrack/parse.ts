import { isIPv4, isIPv6 } from 'node:net';
import { Failure } from '../../failure/failure.ts';
import type { Flow } from '../../flows/flow.ts';

/**
 * Parses a line of `conntrack -L -o extended`. Undefined for other protocols (icmp, gre, …). Throws `tool-failed` for a line
 * of another form: with a wrong reading, portfwd could end connections of other programs.
 *
 *     ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=3 [UNREPLIED] src=9.9.9.9 dst=1.2.3.4 sport=44 dport=1 mark=0 zone=7 use=1
 */
export function parseFlow(line: string): Flow | undefined {
  const found = FLOW.exec(line)?.groups;
  if (found === undefined) {
    if (OTHER_PROTOCOL.test(line)) return undefined;
    throw unreadable(line);
  }
  const ports = PORTS.map((name) => Number(found[name]));
  if (ports.some((port) => port > 65_535)) throw unreadable(line);
  const [sourcePort = 0, destinationPort = 0, replySourcePort = 0, replyDestinationPort = 0] = ports;
  const { source = '', destination = '', replySource = '', replyDestination = '' } = found;
  const isIPv4Line = found['version'] === '4';
  if (![source, destination, replySource, replyDestination].every(isIPv4Line ? isIPv4 : isIPv6)) throw unreadable(line);
  const numbers = { ...numberOf(line), ...zonesOf(found, line) };
  if (!hasValidNumbers(numbers)) throw unreadable(line);
  return {
    family: isIPv4Line ? 'ip' : 'ip6',
    protocol: found['protocol'] as Flow['protocol'],
    source,
    destination,
    sourcePort,
    destinationPort,
    replySource,
    replyDestination,
    replySourcePort,
    replyDestinationPort,
    ...(found['state'] === undefined ? {} : { state: found['state'] }),
    ...(found['unreplied'] === undefined ? {} : { unreplied: true }),
    ...numbers,
    ...bytesOf(found),
  };
}

/** The kernel has 32 bits for the number of an entry and 16 for a zone. */
const hasValidNumbers = ({ id = 0, zone = 0, originalZone = 0, replyZone = 0 }: Partial<Flow>): boolean =>
  id >= 0 && id <= 0xff_ff_ff_ff && Math.max(zone, originalZone, replyZone) <= 0xff_ff;

// As libnetfilter_conntrack prints it: an offloaded flow has no timeout, TCP and SCTP flows have a state.
const FLOW = new RegExp(
  [
    String.raw`^ipv(?<version>[46]) +\d+ (?<protocol>tcp|udp|sctp) +\d+ (?:\d+ )?(?:(?<state>[A-Z][A-Z0-9_]*) )?`,
    String.raw`src=(?<source>[\da-f.:]+) dst=(?<destination>[\da-f.:]+) sport=(?<sport>\d{1,5}) dport=(?<dport>\d{1,5}) `,
    String.raw`(?:zone-orig=(?<originalZone>\d+) )?(?:packets=\d+ bytes=(?<bytes>\d+) )?(?<unreplied>\[UNREPLIED\] )?`,
    String.raw`src=(?<replySource>[\da-f.:]+) dst=(?<replyDestination>[\da-f.:]+) sport=(?<replySport>\d{1,5}) dport=(?<replyDport>\d{1,5})(?= |$)`,
    String.raw`(?: zone-reply=(?<replyZone>\d+))?(?: packets=\d+ bytes=(?<replyBytes>\d+))?`,
  ].join(''),
);

const PORTS = ['sport', 'dport', 'replySport', 'replyDport'] as const;

const OTHER_PROTOCOL = /^ipv[46] +\d+ (?!(?:tcp|udp|sctp) )\S+ +\d+ /;

/** With `-o id`, at the end of the line. */
function numberOf(line: string): { readonly id?: number } {
  const at = line.lastIndexOf(' id=');
  const id = at === -1 ? Number.NaN : Number.parseInt(line.slice(at + 4), 10);
  return Number.isNaN(id) ? {} : { id };
}

/** The zone of both directions follows at the end, among other attributes. */
const ZONE = / zone=(?<zone>\d+)(?= |$)/;

function zonesOf(found: Readonly<Record<string, string | undefined>>, line: string): Partial<Flow> {
  const { originalZone, replyZone } = found;
  const zone = line.includes(' zone=') ? ZONE.exec(line)?.groups?.['zone'] : undefined;
  return {
    ...(zone === undefined ? {} : { zone: Number(zone) }),
    ...(originalZone === undefined ? {} : { originalZone: Number(originalZone) }),
    ...(replyZone === undefined ? {} : { replyZone: Number(replyZone) }),
  };
}

function bytesOf({ bytes, replyBytes }: Readonly<Record<string, string | undefined>>): Pick<Flow, 'bytes'> {
  return bytes === undefined ? {} : { bytes: { sent: Number(bytes), replies: Number(replyBytes ?? 0) } };
}

const unreadable = (line: string): Failure =>
  new Failure(
    'tool-failed',
    'conntrack printed a line that portfwd cannot read',
    'report this as a bug of portfwd, with the line below and the output of conntrack --version',
    line.slice(0, 300),
  );
