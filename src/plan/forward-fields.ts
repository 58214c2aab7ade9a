import { formatListen, formatTarget, keepsPorts, type Forward } from '../model/model.ts';

export interface FieldChange {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** What differs between two forwards, however each is spelled: a list's order and a port that is kept say nothing. */
export const changedFields = (before: Forward, after: Forward): FieldChange[] =>
  Object.entries(FIELDS)
    .map(([field, valueOf]) => ({ field, before: valueOf(before), after: valueOf(after) }))
    .filter((change) => change.before !== change.after);

/** What a forward claims on the host: two that claim the same are the same forward under another name. */
export const claimText = (forward: Forward): string =>
  [forward.family, FIELDS.protocol(forward), FIELDS.listen(forward), FIELDS.interface(forward)].join(' ');

/** Named as in the file. */
const FIELDS = {
  name: ({ name }: Forward) => name,
  protocol: ({ protocols }: Forward) => sorted(protocols),
  listen: ({ listens, family }: Forward) => sorted(listens.map((listen) => formatListen(listen, family))),
  target: ({ target, listens }: Forward) =>
    formatTarget(listens.every((listen) => keepsPorts(target, listen)) ? { ...target, ports: undefined } : target),
  interface: ({ interfaces }: Forward) => sorted(interfaces),
  from: ({ from }: Forward) => sorted(from) || 'anyone',
  masquerade: ({ masquerade }: Forward) => masquerade,
  loopback: ({ loopback }: Forward) => `${loopback}`,
  enabled: ({ enabled }: Forward) => `${enabled}`,
  comment: ({ comment }: Forward) => comment ?? '',
};

const sorted = (values: readonly string[]): string => values.toSorted().join(',');
