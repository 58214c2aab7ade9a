import type { Value } from './value-text.ts';

/** What stands under each key of a forward, in the order in which they are written. */
const KINDS = {
  name: 'text',
  protocol: 'list',
  listen: 'list',
  target: 'text',
  interface: 'list',
  wildcard: 'flag',
  from: 'list',
  masquerade: 'text',
  loopback: 'flag',
  enabled: 'flag',
  comment: 'text',
} as const;

export type ForwardKey = keyof typeof KINDS;

export const FORWARD_KEYS = Object.keys(KINDS) as readonly ForwardKey[];

/** Every forward has these. */
export const isRequired = (key: ForwardKey): boolean => key === 'listen' || key === 'target';

/** What was typed for a key, as the file holds it: a list by commas, a port as a number. What is wrong in it is left to the parser. */
export function keyValue(key: ForwardKey, text: string): Value {
  switch (KINDS[key]) {
    case 'text':
      return text;
    case 'flag':
      return text === 'true' || text === 'false' ? text === 'true' : text;
    case 'list': {
      const items = text.split(',').map((item) => (key === 'listen' && PORT.test(item) ? Number(item) : item));
      return items.length === 1 ? (items[0] ?? '') : items;
    }
  }
}

const PORT = /^[1-9]\d{0,4}$/;
