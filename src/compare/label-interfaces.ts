import { fieldText } from '../nft-json/field-text.ts';
import { bodiesOf, soleEntry, type Json } from '../nft-json/objects.ts';
import { valuesOf } from '../nft-json/value-text.ts';

/**
 * `iifname { "eth0", "eth1" } jump pf_in1_dispatch`: the interfaces of the label `in1_`. Undefined: no rule jumps to
 * the chain of that label.
 */
export function interfacesByLabel(rules: readonly Json[]): (label: string) => readonly string[] | undefined {
  const known = new Map<string, string[]>();
  for (const { expr } of rules) {
    const { jump, names } = readJump(expr);
    if (jump !== undefined) known.set(jump, [...(known.get(jump) ?? []), ...names].sort());
  }
  return (label) => (label === '' ? [] : known.get(`pf_${label}dispatch`));
}

function readJump(expr: unknown): { readonly jump: string | undefined; readonly names: readonly string[] } {
  const statements = (Array.isArray(expr) ? expr : []).map(soleEntry);
  const match = bodiesOf(statements, 'match').find(({ left }) => fieldText(left) === 'iifname');
  const names = valuesOf(match?.['right']) ?? [];
  const target = bodiesOf(statements, 'jump')[0]?.['target'];
  return { jump: names.length === 0 || typeof target !== 'string' ? undefined : target, names };
}
