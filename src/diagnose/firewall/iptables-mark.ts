import type { MarkChange, Marks } from './mark-change.ts';

/** The words after `-j MARK` or `-j CONNMARK`, as `iptables -S` prints them. Undefined: another target. */
export function readIptablesMark(target: string, words: readonly string[]): MarkChange | undefined {
  if (target !== 'MARK' && target !== 'CONNMARK') return undefined;
  const valueOf = (option: string): string | undefined => words[words.indexOf(option) + 1];
  const masks = { packet: numberOf(valueOf('--nfmask')), connection: numberOf(valueOf('--ctmask')) };
  if (words.includes('--restore-mark')) return copy('connection', 'packet', masks);
  if (words.includes('--save-mark')) return copy('packet', 'connection', masks);
  const option = ['--set-xmark', '--set-mark'].find((name) => words.includes(name));
  const { value, mask } = markAndMask(option === undefined ? '' : (valueOf(option) ?? ''));
  const changed = target === 'MARK' ? 'packet' : 'connection';
  return (_, marks) => [{ ...marks, [changed]: replaced(marks[changed], value, mask) }];
}

/** `0x1/0xff`; without a mask, the whole mark counts. */
export function markAndMask(text: string): { readonly value: number | undefined; readonly mask: number } {
  const [value, mask] = text.split('/');
  return { value: numberOf(value), mask: numberOf(mask) ?? ALL };
}

const ALL = 0xffffffff;

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(0x[\da-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
}

/** The bits of the mask are cleared before the value is combined. */
function replaced(mark: number | undefined, value: number | undefined, mask: number): number | undefined {
  if (value === undefined) return undefined;
  if (mask === ALL) return value;
  return mark === undefined ? undefined : ((mark & ~mask) ^ value) >>> 0;
}

function copy(
  from: keyof Marks,
  to: keyof Marks,
  masks: Readonly<Record<keyof Marks, number | undefined>>,
): MarkChange {
  return (_, marks) => {
    const source = marks[from];
    const value = source === undefined ? undefined : (source & (masks[from] ?? ALL)) >>> 0;
    return [{ ...marks, [to]: replaced(marks[to], value, masks[to] ?? ALL) }];
  };
}
