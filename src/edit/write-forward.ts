import { forwardKeys } from '../model/forward-keys.ts';
import { keyValue } from './key-value.ts';
import { parseForward } from '../parse/forward.ts';
import { parseShorthand } from '../parse/shorthand.ts';
import type { InFull, Written } from './value-text.ts';

/** In shorthand where that says all of it. */
export function writeForward(forward: InFull): Written {
  const inOrder = ordered(forward);
  const { listen, target, protocol = 'tcp', ...more } = forward;
  if (Object.keys(more).length > 0 || typeof protocol !== 'string' || typeof listen === 'object') return inOrder;
  const shorthand = `${String(listen)}:${String(target)}${protocol === 'tcp' ? '' : `/${protocol}`}`;
  return meaning(shorthand) !== undefined && meaning(shorthand) === meaning(inOrder) ? shorthand : inOrder;
}

/** What a shorthand says, in full; undefined when it is none. */
export function writeInFull(shorthand: string): InFull | undefined {
  const parsed = parseShorthand(shorthand);
  if ('fault' in parsed) return undefined;
  const { listen, target, protocol } = parsed.ok;
  return {
    listen: keyValue('listen', String(listen)),
    target,
    ...(protocol === 'tcp' ? {} : { protocol: String(protocol) }),
  };
}

export const ordered = (forward: InFull): InFull =>
  Object.fromEntries(
    forwardKeys.flatMap((key) => {
      const value = forward[key];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );

/** Where it stands is no part of it. Undefined: it is no forward. */
function meaning(item: Written): string | undefined {
  const { forward } = parseForward(item, []);
  return forward && JSON.stringify(forward, (key, value: unknown) => (key === 'path' ? undefined : value));
}
