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
  const hash = createHash('sha256');
  for (const text of [settings.join('\n'), ...forwards.map(forwardText).sort()]) hash.update(`${text}\n\n`);
  return hash.digest('hex');
}

/** The keys with another value than the default, a line each: no value has a line break. */
function forwardText(forward: Forward): string {
  let text = '';
  for (const key of comparedKeys) {
    const value = textOf(key, forward);
    if (value !== DEFAULTS.get(key)) text += `${key}=${value}\n`;
  }
  return text;
}

const DEFAULTS: ReadonlyMap<ForwardKey, string> = new Map([
  ...plainKeys.map((key) => [key, `${PLAIN_DEFAULTS[key] ?? ''}`] as const),
  ['protocol', 'tcp'],
  ['interface', ''],
  ['from', 'anyone'],
]);
