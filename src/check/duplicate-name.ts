import type { Finding } from '../finding/finding.ts';
import { deriveName } from '../model/forward-name.ts';
import type { Forward } from '../model/model.ts';

/**
 * A name stands for one forward on the command line, in a counter and in an element's comment.
 * Two derived names are the same only where the listens are: listen-overlap.ts says so of two that are enabled.
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
  message: `another forward is called ${name} already`,
  remedy: 'give one of the two a name of its own under the key name',
  path,
  related: [owner.path],
});
