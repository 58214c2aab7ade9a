import type { Chain, Rule } from '../diagnose/firewall/rule.ts';
import type { Observations } from '../diagnose/observations.ts';
import type { Flow } from '../flows/flow.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Forward, Model, Protocol } from '../model/model.ts';
import type { Way } from './ways.ts';

/** What was read and tried on this host. Undefined: it could not be read, or was not tried. */
export interface Evidence {
  readonly model: Model;
  /** The host as it would be without portfwd. */
  readonly facts: HostFacts;
  /** What forwards now, also because portfwd turned it on. */
  readonly forwarding: HostFacts['forwarding'];
  readonly seen: Observations;
  /** The base chains of other programs, at every hook of IP. */
  readonly chains: readonly Chain[] | undefined;
  /** How many packets rules counted while this host probed the targets. */
  readonly rises: ReadonlyMap<Rule, number>;
  /** Chains that see packets before the hooks of IP, and that portfwd does not follow. */
  readonly earlyChains: readonly string[];
  readonly kernel: KernelState | undefined;
  readonly probes: ReadonlyMap<string, Probed> | undefined;
  readonly neighbours: readonly Neighbour[] | undefined;
  readonly refusing: readonly RefusingRoute[];
  /** How the kernel routes the packets of clients and the answers to them, by the name of the forward. */
  readonly ways: ReadonlyMap<string, readonly Way[]> | undefined;
  readonly flows: readonly Flow[] | undefined;
  readonly tracking: { readonly count: number; readonly max: number } | undefined;
  /** `kernel`: the kernel has no IPv6. Otherwise the interfaces on which it is off, and `all` if it is off for later ones. */
  readonly ipv6Off: 'kernel' | readonly string[];
  /** A program for failover runs here, so addresses come and go. */
  readonly hasFailover: boolean;
  readonly boot: BootEvidence | undefined;
  /** `portfwd apply` with the options that select the same file and state. */
  readonly portfwd: (words: string) => string;
}

/** The table of portfwd in the kernel, compared with the file. */
export interface KernelState {
  readonly state: 'in sync' | 'drifted' | 'missing' | 'foreign';
  readonly stateOf: (forward: Forward) => KernelState['state'];
  /** The forward itself is loaded as in the file. Rules that all forwards share may differ. */
  readonly isAsInFile: (forward: Forward) => boolean;
  /** Another program or a user changed the table. */
  readonly byHand: boolean;
  /** The file was changed since it was applied. */
  readonly byFile: boolean;
  /** This host was changed since, so that the same file is another ruleset now. */
  readonly byHost: boolean;
  /** The last change was reverted, and the file still has it. */
  readonly reverted: boolean;
  /** A change waits for confirmation: what keeps it, and what reverts it. */
  readonly waiting: string | undefined;
  /** It was loaded with --enable-forwarding. */
  readonly enableForwarding: boolean;
  /** The command that loads the file. */
  readonly apply: string;
  /** Sysctls that the loaded forwards need and that have another value: `net.ipv4.conf.in0.route_localnet is 0`. */
  readonly sysctls: readonly string[];
  readonly blockedBySysctl: (forward: Forward) => boolean;
  /** UDP flows that bypass a forward. */
  readonly bypassing: ReadonlyMap<string, number>;
}

export interface BootEvidence {
  readonly enabled: boolean;
  readonly problems: readonly { readonly message: string; readonly remedy: string }[];
  /** Open sysctls without their guard. */
  readonly unguarded: readonly string[];
  /** Packets from inside that the guard of routing dropped. */
  readonly guardDrops: number;
}

/**
 * What a connection of this host to a target met. `refused`: a reset, or an ICMP message that no port is open. `rejected`:
 * an ICMP message that a firewall or router sends. `silent`: nothing came back. `not-sent`: this host did not send it.
 */
export interface Probed {
  readonly result: 'answered' | 'refused' | 'rejected' | 'silent' | 'not-sent';
  /** The error of the kernel: `ENETUNREACH`. */
  readonly error?: string | undefined;
}

export const probeKey = (protocol: Protocol, address: string, port: number): string => `${protocol} ${address} ${port}`;

/** A machine on a link, as the kernel knows it: `FAILED`, `INCOMPLETE`, `REACHABLE`, … */
export interface Neighbour {
  readonly address: string;
  readonly interface: string;
  readonly state: string;
}

/** A route or routing rule that refuses packets for a prefix, and the command that removes it. */
export interface RefusingRoute {
  readonly prefix: string;
  /** Only packets of these sources. */
  readonly from?: string;
  /** `the route "blackhole 10.0.0.2" in table main`. */
  readonly text: string;
  readonly command: string;
}
