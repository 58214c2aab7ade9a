import type { OwnedDifference } from '../plan/compare-tables.ts';
import type { Line, Sign } from './format-lines.ts';

/** What the kernel has against what it should; with `undo`, the step that brings it there. */
export function objectLine(difference: OwnedDifference, undo: boolean): Line {
  const sign = SIGNS[difference.change];
  return { sign: undo ? OPPOSITE[sign] : sign, ...nameAndText(difference) };
}

const SIGNS: Record<OwnedDifference['change'], Sign> = { added: '+', removed: '-', changed: '~' };
const OPPOSITE: Record<Sign, Sign> = { '+': '-', '-': '+', '~': '~' };

function nameAndText(difference: OwnedDifference): Pick<Line, 'name' | 'text'> {
  switch (difference.kind) {
    case 'object': {
      const { what, name, detail } = difference;
      return { name: `${what} ${short(name)}`, text: detail === undefined ? 'the whole of it' : short(detail) };
    }
    case 'rule':
      return { name: `chain ${short(difference.chain)}`, text: `rule ${short(difference.rule)}` };
    case 'all-rules':
      return { name: `chain ${short(difference.chain)}`, text: `all of its ${difference.count} rules` };
    case 'rule-order':
      return { name: `chain ${short(difference.chain)}`, text: 'the order of its rules' };
    case 'element': {
      const { set, element, forward } = difference;
      const of = forward === undefined ? '' : `, of the forward ${forward}`;
      return { name: `set ${short(set)}`, text: `element ${short(element)}${of}` };
    }
  }
}

const LONGEST = 160;

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
