import { expect } from 'vitest';
import type { Protocol } from '../lab/agent.ts';
import { modelOf, startFlowsLab, type FlowsLab } from '../lab/flows-lab.ts';
import type { Machine } from '../lab/lab.ts';
import { until } from '../lab/until.ts';

const CLIENTS = ['client', 'neighbour', 'backend', 'host'] as const;

/** Counts on the machine of the client what goes out to each listen, and what comes back. */
const LISTENS = Array.from({ length: 10 }, (_, index) => 6000 + index);
const byPort = (what: string): string => `{ ${LISTENS.map((port) => `${port} : "${what}_${port}"`).join(', ')} }`;
const WITNESS = `nft -f - <<'EOF'
table inet witness {
  ${LISTENS.map((port) => `counter sent_${port} { }\n  counter replies_${port} { }`).join('\n  ')}
  chain sending { type filter hook output priority -400; meta l4proto { tcp, udp } counter name th dport map ${byPort('sent')}; }
  chain receiving { type filter hook input priority 400; meta l4proto { tcp, udp } counter name th sport map ${byPort('replies')}; }
}
EOF`;

export const HOST = '203.0.113.1';
export const BOTH = ['tcp', 'udp'] as const;

/** A forward of TCP and UDP to the backend. */
export const web = (rest: object = {}): object => ({
  name: 'web',
  protocol: BOTH,
  listen: 6000,
  target: '10.0.0.2:5000',
  ...rest,
});

interface Counts {
  readonly packets: number;
  readonly bytes: number;
}

interface Traffic {
  readonly received: Counts;
  readonly sent: Counts;
}

export interface Used extends Traffic {
  readonly name: string;
  readonly connections: number;
  readonly open?: number;
  readonly clients?: readonly { readonly address: string; readonly open: number; readonly receivedBytes?: number }[];
}

interface Stats {
  readonly counting: string;
  readonly forwards: readonly Used[];
}

export interface CountersLab extends FlowsLab {
  readonly stats: (...args: readonly string[]) => Promise<Stats>;
  /**
   * Waits until nothing is on its way. What the machine sent to the listens and got back since the last `forget`: to all
   * of them, or to those on this port.
   */
  readonly witnessed: (machine: Machine, port?: number) => Promise<Traffic>;
  readonly forget: () => Promise<void>;
  /** One connection with this many questions and answers. It is over when this returns. */
  readonly talk: (from: Machine, protocol: Protocol, to: string, port: number, messages?: number) => Promise<void>;
  /** The client talks to the host, once for each protocol. */
  readonly talkBoth: (port?: number, to?: string) => Promise<void>;
  readonly usedBy: (name: string) => Promise<Used | undefined>;
  /** What the client sent and got is what the forward counted, to the byte. */
  readonly expectCounted: (name: string, connections: number) => Promise<void>;
  /** Nothing is loaded, nothing was ever counted. */
  readonly startOver: () => Promise<void>;
  /** Applies a model with other keys at the top level. */
  readonly applyWith: (top: object, forwards: readonly object[]) => Promise<void>;
}

export async function startCountersLab(): Promise<CountersLab> {
  const flows = await startFlowsLab();
  const { lab } = flows;
  await Promise.all(CLIENTS.map(async (machine) => lab.sh(machine, WITNESS)));
  const read = async (machine: Machine, port: number | undefined): Promise<Traffic> => {
    const listing = JSON.parse(await lab.sh(machine, 'nft -j list counters table inet witness')) as {
      readonly nftables: readonly { readonly counter?: Counts & { readonly name: string } }[];
    };
    const of = (name: string): Counts => {
      const found = listing.nftables
        .flatMap(({ counter }) => counter ?? [])
        .filter((counter) => counter.name.startsWith(`${name}_${port ?? ''}`));
      return { packets: sum(found.map(({ packets }) => packets)), bytes: sum(found.map(({ bytes }) => bytes)) };
    };
    return { received: of('sent'), sent: of('replies') };
  };
  const witnessed: CountersLab['witnessed'] = async (machine, port) => {
    await until('nothing is on its way', async () => {
      const before = await read(machine, port);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return JSON.stringify(before) === JSON.stringify(await read(machine, port));
    });
    return read(machine, port);
  };
  const stats: CountersLab['stats'] = async (...args) => {
    const { exitCode, stdout, stderr } = await lab.portfwd(['stats', '--json', ...args]);
    expect(`${exitCode} ${stderr}`).toBe('0 ');
    return JSON.parse(stdout) as Stats;
  };
  const usedBy = async (name: string): Promise<Used | undefined> =>
    (await stats()).forwards.find((forward) => forward.name === name);
  const talk: CountersLab['talk'] = async (from, protocol, to, port, messages = 3) => {
    const stream = await lab.agents[from].stream({ protocol, to, port });
    for (let turn = 0; turn < messages; turn += 1) expect(await stream.ask(20_000)).not.toBeNull();
    await stream.end();
    await witnessed(from);
  };
  const forget = async (): Promise<void> => {
    for (const machine of CLIENTS) await lab.sh(machine, 'nft reset counters >/dev/null');
  };
  return {
    ...flows,
    witnessed,
    stats,
    usedBy,
    forget,
    talk,
    talkBoth: async (port = 6000, to = HOST) => {
      for (const protocol of BOTH) await talk('client', protocol, to, port);
    },
    expectCounted: async (name, connections) =>
      expect(await usedBy(name)).toMatchObject({ name, connections, ...(await witnessed('client')) }),
    startOver: async () => {
      await flows.clear();
      await lab.portfwd(['down', '--purge']);
      await forget();
    },
    applyWith: async (top, forwards) => {
      const model = JSON.stringify({ ...(JSON.parse(modelOf(forwards)) as object), ...top });
      const { exitCode, stderr } = await lab.portfwd(['apply', '--allow-removals'], model);
      expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
