import type { BridgeNetfilter } from '../../diagnose/observations.ts';
import { run } from '../process/run.ts';
import { readSysctl } from '../state/sysctl.ts';

/** Lists the bridge ports if br_netfilter is on. From bridge(8), since /sys can show another network namespace. */
export async function readBridgeNetfilter(): Promise<BridgeNetfilter | undefined> {
  const families = (['ip', 'ip6'] as const).filter((family) => readSysctl(`net/bridge/${SYSCTL[family]}`) === '1');
  if (families.length === 0) return { families, ports: [] };
  const { exitCode, stdout } = await run('bridge', ['-j', '-d', 'link', 'show']);
  if (exitCode !== 0) return undefined;
  return { families, ports: stdout.trim() === '' ? [] : (JSON.parse(stdout) as Link[]).flatMap(portOf) };
}

const SYSCTL = { ip: 'bridge-nf-call-iptables', ip6: 'bridge-nf-call-ip6tables' } as const;

interface Link {
  readonly ifname?: string;
  readonly master?: string;
  readonly hairpin?: boolean;
}

const portOf = ({ ifname, master, hairpin }: Link): BridgeNetfilter['ports'][number][] =>
  ifname === undefined || master === undefined || hairpin === undefined
    ? []
    : [{ interface: ifname, bridge: master, hairpin }];
