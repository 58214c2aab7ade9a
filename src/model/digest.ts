import { createHash } from 'node:crypto';
import type { ForwardKey } from './forward-keys.ts';
import { comparedKeys, DEFAULTS as PLAIN_DEFAULTS, plainKeys, textOf } from './forward-values.ts';
import { DEFAULT_PRIORITY, type Forward, type Model } from './model.ts';

/**
 * The SHA-256 hash of what a model says, in hexadecimal. It is the same on every host, however the file is written: the
 * order of forwards, keys and lists, spellings, defaults that are written out, and `revision` do not count. A key that a
 * later version adds does not change the digest of a model that does not have it.
 */
export function digestOf({ forwarding, priority, counters, forwards }: Omit<Model, 'version'>): string {
  const settings = [
    ...(forwarding === 'require' ? [] : [`forwarding=${forwarding}`]),
    ...(priority === DEFAULT_PRIORITY ? [] : [`priority=${priority}`]),
    ...(counters ? [] : ['counters=false']),
  ];
  const texts = [settings.join('\n'), ...forwards.map(forwardText).sort()];
  return createHash('sha256')
    .update(`${texts.join('\n\n')}\n\n`)
    .digest('hex');
}

/** The keys with another value than the default, a line each: no value has a line break. */
function forwardText(forward: Forward): string {
  let text = '';
  for (const { key, plain, usual } of KEYS) {
    // Most values are defaults, and there can be 100 000 forwards.
    if (plain !== undefined && forward[plain] === PLAIN_DEFAULTS[plain]) continue;
    const value = textOf(key, forward);
    if (value !== usual) text += `${key}=${value}\n`;
  }
  return text;
}

const USUAL: Readonly<Partial<Record<ForwardKey, string>>> = { protocol: 'tcp', interface: '', from: 'anyone' };

const KEYS = comparedKeys.map((key) => {
  const plain = plainKeys.find((one) => one === key);
  return { key, plain, usual: plain === undefined ? USUAL[key] : `${PLAIN_DEFAULTS[plain] ?? ''}` };
});
