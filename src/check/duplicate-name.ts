import type { Finding, ModelPath } from '../finding/finding.ts';
import type { Forward } from '../model/model.ts';

/** A name stands for one forward on the command line, in a counter and in an element's comment. */
export function checkDuplicateName(forwards: readonly Forward[]): Finding[] {
  const owners = new Map<string, ModelPath>();
  return forwards.flatMap(({ name, path }) => {
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, path);
    return owner === undefined ? [] : [duplicate(name, path, owner)];
  });
}

const duplicate = (name: string, path: ModelPath, owner: ModelPath): Finding => ({
  code: 'forward/duplicate-name',
  message: `another forward is called ${name} already`,
  remedy: 'give one of the two a name of its own under the key name',
  path,
  related: [owner],
});
