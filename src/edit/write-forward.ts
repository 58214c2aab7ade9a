import { forwardKeys } from '../model/forward-keys.ts';
import { keyValue } from './key-value.ts';
import { parseForward } from '../parse/forward.ts';
import { parseShorthand } from '../parse/shorthand.ts';
import { respell } from '../parse/spelling/respell.ts';
import type { Mapping, Item } from './value-text.ts';

/** Returns shorthand if it can express the forward, else a mapping with its keys in order. */
export function writeForward(forward: Mapping): Item {
  const inOrder = ordered(canonical(forward));
  const { listen, target, protocol = 'tcp', ...more } = inOrder;
  if (Object.keys(more).length > 0 || typeof protocol !== 'string' || typeof listen === 'object') return inOrder;
  const shorthand = `${String(listen)}:${String(target)}${protocol === 'tcp' ? '' : `/${protocol}`}`;
  return meaning(shorthand) !== undefined && meaning(shorthand) === meaning(inOrder) ? shorthand : inOrder;
}

/** In the spelling of docs/model.md, if another one was typed. */
function canonical(forward: Mapping): Mapping {
  const spelled = respell(forward) as Mapping;
  const { listen } = spelled;
  return typeof listen === 'string' ? { ...spelled, listen: keyValue('listen', listen.replace(/^:/, '')) } : spelled;
}

/** Converts shorthand to a mapping. Undefined if it is not valid shorthand. */
export function mappingOf(shorthand: string): Mapping | undefined {
  const parsed = parseShorthand(shorthand);
  if ('fault' in parsed) return undefined;
  const { listen, target, protocol } = parsed.ok;
  return {
    listen: keyValue('listen', String(listen)),
    target,
    ...(protocol === 'tcp' ? {} : { protocol: keyValue('protocol', String(protocol)) }),
  };
}

export const ordered = (forward: Mapping): Mapping =>
  Object.fromEntries(
    forwardKeys.flatMap((key) => {
      const value = forward[key];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );

/** The forward as text, without paths. Undefined if it is not valid. */
function meaning(item: Item): string | undefined {
  const { forward } = parseForward(item, []);
  return forward && JSON.stringify(forward, (key, value: unknown) => (key === 'path' ? undefined : value));
}
