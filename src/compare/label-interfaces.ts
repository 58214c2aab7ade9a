import { fieldText } from '../nft-json/field-text.ts';
import { bodiesOf, soleEntry, type Json } from '../nft-json/objects.ts';
import { valuesOf } from '../nft-json/value-text.ts';

/** Which packets reach the chain of a label. */
export interface LabelInterfaces {
  /** Those that come in through these interfaces; none: through every interface. */
  readonly interfaces: readonly string[];
  /** Those for the addresses of this interface. Undefined: all of them. */
  readonly listenInterface: string | undefined;
}

/**
 * Undefined: no rule jumps to the chain of that label.
 *
 *     iifname { "eth0", "eth1" } jump pf_in1_dispatch
 *     iifname "ppp0" fib daddr . iif type local jump pf_on1_dispatch
 *     iifname != "ppp0" fib daddr type local fib daddr . iif type != local jump pf_on1_dispatch
 */
export function interfacesByLabel(rules: readonly Json[]): (label: string) => LabelInterfaces | undefined {
  const known = new Map<string, Jump[]>();
  for (const { expr } of rules) {
    const jump = readJump(expr);
    if (jump !== undefined) known.set(jump.chain, [...(known.get(jump.chain) ?? []), jump]);
  }
  return (label) => {
    if (label === '') return { interfaces: [], listenInterface: undefined };
    const jumps = known.get(`pf_${label}dispatch`);
    return jumps && (label.startsWith('on') ? listening(jumps) : arriving(jumps));
  };
}

interface Jump {
  readonly chain: string;
  /** The names after `iifname`, and after `iifname !=`. */
  readonly names: readonly string[];
  readonly except: readonly string[];
}

function arriving(jumps: readonly Jump[]): LabelInterfaces | undefined {
  const interfaces = jumps.flatMap(({ names }) => names).sort();
  return interfaces.length === 0 ? undefined : { interfaces, listenInterface: undefined };
}

/** The jump for packets from elsewhere has the interface after `iifname !=`, and the key `interface` before it. */
function listening(jumps: readonly Jump[]): LabelInterfaces {
  const elsewhere = jumps.filter(({ except }) => except.length > 0);
  const names = jumps.flatMap((jump) => jump.names);
  const isOpen = elsewhere.some((jump) => jump.names.length === 0);
  return {
    interfaces: isOpen ? [] : [...new Set(names)].sort(),
    listenInterface: elsewhere[0]?.except[0] ?? names[0],
  };
}

function readJump(expr: unknown): Jump | undefined {
  const statements = (Array.isArray(expr) ? expr : []).map(soleEntry);
  const chain = bodiesOf(statements, 'jump')[0]?.['target'];
  if (typeof chain !== 'string') return undefined;
  const matches = bodiesOf(statements, 'match').filter(({ left }) => fieldText(left) === 'iifname');
  const namesOf = (isExcept: boolean): string[] =>
    matches.filter(({ op }) => (op === '!=') === isExcept).flatMap(({ right }) => valuesOf(right) ?? []);
  return { chain, names: namesOf(false), except: namesOf(true) };
}
