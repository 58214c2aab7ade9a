import * as z from 'zod/mini';
import type { BridgeNetfilter } from '../../diagnose/observations.ts';
import { readJson } from '../process/read-json.ts';
import { run } from '../process/run.ts';
import { bridgePortSchema } from './ip-schema.ts';
import { readSysctl } from '../state/sysctl.ts';

/** Lists the bridge ports if br_netfilter is on. From bridge(8), since /sys can show another network namespace. */
export async function readBridgeNetfilter(): Promise<BridgeNetfilter | undefined> {
  const families = (['ip', 'ip6'] as const).filter((family) => readSysctl(`net/bridge/${SYSCTL[family]}`) === '1');
  if (families.length === 0) return { families, ports: [] };
  const { exitCode, stdout } = await run('bridge', ['-j', '-d', 'link', 'show']);
  if (exitCode !== 0) return undefined;
  return { families, ports: readPortList(stdout) };
}

const SYSCTL = { ip: 'bridge-nf-call-iptables', ip6: 'bridge-nf-call-ip6tables' } as const;

/** Without bridges, some versions print nothing. Throws `tool-failed`. */
const readPortList = (text: string): BridgeNetfilter['ports'] =>
  text.trim() === '' ? [] : readJson('bridge -j -d link show', text, z.array(bridgePortSchema)).flatMap(portOf);

const portOf = ({ ifname, master, hairpin }: z.infer<typeof bridgePortSchema>): BridgeNetfilter['ports'][number][] =>
  ifname === undefined || master === undefined || hairpin === undefined
    ? []
    : [{ interface: ifname, bridge: master, hairpin }];
