import type { Finding } from '../finding/finding.ts';
import { deriveName } from '../model/forward-name.ts';
import type { Forward } from '../model/model.ts';

/**
 * A name identifies one forward on the command line and in the comment of a map element. Two enabled forwards have the
 * same derived name only if they have the same listen, which listen-overlap.ts reports.
 */
export function checkDuplicateName(forwards: readonly Forward[]): Finding[] {
  const owners = new Map<string, Forward>();
  return forwards.flatMap((forward) => {
    const owner = owners.get(forward.name);
    if (owner === undefined) owners.set(forward.name, forward);
    return owner === undefined || (isDerived(forward) && isDerived(owner)) ? [] : [duplicate(forward, owner)];
  });
}

const isDerived = (forward: Forward): boolean => forward.enabled && forward.name === deriveName(forward);

const duplicate = ({ name, path }: Forward, owner: Forward): Finding => ({
  code: 'forward/duplicate-name',
  message: `the name ${name} is already used by another forward`,
  remedy: 'give one of the two a different name, with the key name',
  path,
  related: [owner.path],
});
