import * as z from 'zod/mini';
import type { BridgeNetfilter } from '../../diagnose/observations.ts';
import { readJson } from '../process/read-json.ts';
import { run } from '../process/run.ts';
import { bridgePortSchema, learnedSchema, neighbourSchema } from './ip-schema.ts';
import { readSysctl } from '../state/sysctl.ts';

/** Lists the bridge ports if br_netfilter is on. From bridge(8), since /sys can show another network namespace. */
export async function readBridgeNetfilter(): Promise<BridgeNetfilter | undefined> {
  const families = (['ip', 'ip6'] as const).filter((family) => readSysctl(`net/bridge/${SYSCTL[family]}`) === '1');
  if (families.length === 0) return { families, ports: [], portsByAddress: new Map() };
  const { exitCode, stdout } = await run('bridge', ['-j', '-d', 'link', 'show']);
  if (exitCode !== 0) return undefined;
  const ports = readPortList(stdout);
  const isOff = ports.some(({ hairpin }) => !hairpin);
  return { families, ports, portsByAddress: isOff ? await readPortsByAddress() : new Map() };
}

/** From the addresses of machines on the links, and the ports where the bridges learned them. */
async function readPortsByAddress(): Promise<ReadonlyMap<string, string>> {
  const [learned, neighbours] = await Promise.all([
    run('bridge', ['-j', 'fdb', 'show']),
    run('ip', ['-j', 'neighbour', 'show']),
  ]);
  const ports = new Map(
    readList('bridge -j fdb show', learned, learnedSchema)
      .filter(({ master }) => master !== undefined)
      .map(({ mac, master, ifname }) => [`${mac} ${master}`, ifname] as const),
  );
  return new Map(
    readList('ip -j neighbour show', neighbours, neighbourSchema).flatMap(({ dst, dev, lladdr }) => {
      const port = ports.get(`${lladdr} ${dev}`);
      return dst === undefined || port === undefined ? [] : [[dst, port] as const];
    }),
  );
}

const readList = <T>(command: string, { exitCode, stdout }: Listing, schema: z.ZodMiniType<T>): readonly T[] =>
  exitCode !== 0 || stdout.trim() === '' ? [] : readJson(command, stdout, z.array(schema));

type Listing = Awaited<ReturnType<typeof run>>;

const SYSCTL = { ip: 'bridge-nf-call-iptables', ip6: 'bridge-nf-call-ip6tables' } as const;

/** Without bridges, some versions print nothing. Throws `tool-failed`. */
const readPortList = (text: string): BridgeNetfilter['ports'] =>
  text.trim() === '' ? [] : readJson('bridge -j -d link show', text, z.array(bridgePortSchema)).flatMap(portOf);

const portOf = ({ ifname, master, hairpin }: z.infer<typeof bridgePortSchema>): BridgeNetfilter['ports'][number][] =>
  ifname === undefined || master === undefined || hairpin === undefined
    ? []
    : [{ interface: ifname, bridge: master, hairpin }];
