import { forwardKeys, rowOf } from '../../model/forward-keys.ts';
import { formatListen, formatTarget, type Forward } from '../../model/model.ts';
import type { ForwardChange, FieldChange } from '../../compare/forwards.ts';
import type { Line } from './lines.ts';

/** `~ dns  udp 53 -> 10.0.0.53 => udp 53 -> 10.0.0.54` */
export function changeLine(change: ForwardChange): Line {
  if (change.kind !== 'changed') {
    const { forward, kind } = change;
    return { sign: kind === 'added' ? '+' : '-', name: forward.name, text: whole(forward) };
  }
  const { before, after, fields } = change;
  const [from, to] = [wayText(before), wayText(after)];
  const others = fields.filter(({ field }) => !IN_WAY.has(field)).map(fieldText);
  return { sign: '~', name: after.name, text: [from === to ? to : `${from} => ${to}`, ...others].join(', ') };
}

/** `web: tcp 8080 -> 10.0.0.2:80, from 192.0.2.0/24` */
export const forwardText = (forward: Forward): string =>
  [`${forward.name}: ${whole(forward)}`, ...(forward.comment === undefined ? [] : [`comment ${forward.comment}`])].join(
    ', ',
  );

const whole = (forward: Forward): string => [wayText(forward), ...extras(forward)].join(', ');

/** `priority -105 => -110` */
export const settingLine = ({ field, before, after }: FieldChange): Line => ({
  sign: '~',
  name: field,
  text: `${before} => ${after}`,
});

/** `tcp,udp 203.0.113.1:53 on eth0 -> 10.0.0.53` */
const wayText = ({ protocols, listens, family, interfaces, target }: Forward): string =>
  [
    protocols.join(','),
    listens.map((listen) => formatListen(listen, family)).join(','),
    ...(interfaces.length === 0 ? [] : ['on', interfaces.join(',')]),
    '->',
    formatTarget(target),
  ].join(' ');

/** The keys that the line shows already. */
const IN_WAY = new Set(['protocol', 'listen', 'target', 'interface']);

const fieldText = ({ field, before, after }: FieldChange): string =>
  field === 'name' ? `was named ${before}` : `${field} ${before || 'none'} => ${after || 'none'}`;

/** What differs from the defaults. */
const extras = (forward: Forward): string[] =>
  forwardKeys.map((key) => rowOf(key).summary?.(forward) ?? '').filter((text) => text !== '');
