import * as fc from 'fast-check';
import type { Packet } from '../../src/simulate/packet.ts';
import { lengthOf, type Family, type Listen, type Model } from '../../src/model/model.ts';
import { LAB_HOST } from './lab-host.ts';
import { FIRST_PORT } from './random-model.ts';

/** Addresses of the host, of machines in its subnets, and others. */
const OWN4 = ['203.0.113.1', '203.0.113.2', '10.0.0.1', '192.168.0.2'];
const LOOPBACK4 = ['127.0.0.1', '127.0.0.2'];
const OTHER4 = ['10.0.0.2', '10.0.0.9', '203.0.113.7', '198.51.100.20'];
const OWN6 = ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:3::2', 'fe80::1'];
const OTHER6 = ['2001:db8:2::2', '2001:db8:1::7', '2001:db8:9::20'];

/** Who sends from where; the packets of the host itself have no interface. */
const SENDERS: readonly { readonly iifname?: string; readonly sources: readonly string[] }[] = [
  {
    iifname: 'out0',
    sources: ['203.0.113.7', '2001:db8:1::7', 'fe80::7', '198.51.100.20', '2001:db8:9::20', '192.0.2.20', '127.0.0.1'],
  },
  { iifname: 'in0', sources: ['10.0.0.2', '2001:db8:2::2'] },
  { iifname: 'in0', sources: ['10.0.0.3', '2001:db8:2::3', '198.51.100.130'] },
  { iifname: 'svc0', sources: ['192.168.0.9', '2001:db8:3::9'] },
  { sources: [...OWN4, ...OWN6, '127.0.0.1'] },
  { sources: ['203.0.113.1', '127.0.0.1'] },
];

/** The kernel drops what comes to ::1 from outside before any hook. */
const destination = (source: string, iifname?: string): fc.Arbitrary<string> =>
  source.includes(':')
    ? fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...OWN6) },
        fc.constantFrom(...OTHER6, ...(iifname === undefined ? ['::1'] : [])),
      )
    : fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...OWN4) },
        { weight: iifname === undefined ? 4 : 1, arbitrary: fc.constantFrom(...LOOPBACK4) },
        fc.constantFrom(...OTHER4),
      );

const port: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: FIRST_PORT - 1, max: FIRST_PORT + 8 }) },
  fc.integer({ min: 5000, max: 5004 }),
);

const anyPacket: fc.Arbitrary<Packet> = fc
  .constantFrom(...SENDERS)
  .chain(({ iifname, sources }) => fc.constantFrom(...sources).map((source) => ({ iifname, source })))
  .chain(({ iifname, source }) =>
    fc
      .record({
        protocol: fc.constantFrom('tcp', 'tcp', 'udp', 'udp', 'sctp'),
        destination: destination(source, iifname),
        destinationPort: port,
        syn: fc.constantFrom(true, true, true, false),
      })
      .map((rest) => ({
        ...rest,
        source,
        ...(iifname === undefined ? { path: 'own' as const } : { path: 'incoming' as const, iifname }),
      })),
  );

/** A packet, and where to aim it in a model; most are aimed. */
export interface Shot {
  readonly packet: Packet;
  readonly aim: number | undefined;
}

export const shots = (most: number): fc.Arbitrary<readonly Shot[]> =>
  fc.array(fc.record({ packet: anyPacket, aim: fc.option(fc.nat(999), { nil: undefined }) }), {
    minLength: 1,
    maxLength: most,
    size: 'max',
  });

/** The packet sent to a listen of the model or a port beside it: few would meet one by chance. */
export const shoot = ({ packet, aim }: Shot, model: Model): Packet =>
  fromUsualAddress(aim === undefined ? packet : aimed(packet, aim, model));

function aimed(packet: Packet, aim: number, { forwards }: Model): Packet {
  const forward = forwards[aim % forwards.length];
  const listen = forward?.listens[aim % forward.listens.length];
  if (forward === undefined || listen === undefined) return packet;
  if ((forward.family === 'ip6') !== packet.source.includes(':')) return packet;
  return {
    ...(aim % 4 === 0 ? throughListenInterface(packet, listen) : packet),
    protocol: forward.protocols[aim % forward.protocols.length] ?? packet.protocol,
    destinationPort: listen.ports.first + (aim % (lengthOf(listen.ports) + 1)),
    destination:
      aim % 3 === 0 ? packet.destination : (listen.address ?? addressOf(listen, forward.family) ?? packet.destination),
  };
}

/** From a sender on the interface that is listened on: few packets would come in through it by chance. */
function throughListenInterface(packet: Packet, { interface: name }: Listen): Packet {
  const sources = SENDERS.find(({ iifname }) => iifname !== undefined && iifname === name)?.sources ?? [];
  const source = sources.find((one) => one.includes(':') === packet.source.includes(':'));
  return source === undefined ? packet : { ...packet, path: 'incoming', iifname: name ?? '', source };
}

/** An address of the interface that is listened on. */
const addressOf = ({ interface: name = '-' }: Listen, family: Family): string | undefined =>
  LAB_HOST.addresses.find(
    ({ interface: owner, address }) =>
      owner.startsWith(name.replace('*', '')) && address.includes(':') === (family === 'ip6'),
  )?.address;

/** Who binds 127.0.0.1 and then calls another address has no way out of the host, with or without a forward. */
const fromUsualAddress = (packet: Packet): Packet =>
  packet.path === 'own' && packet.source.startsWith('127.') && !packet.destination.startsWith('127.')
    ? { ...packet, source: '203.0.113.1' }
    : packet;
