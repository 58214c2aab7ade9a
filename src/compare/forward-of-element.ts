import { type ModelPath, formatPath } from '../finding/finding.ts';
import type { Forward } from '../model/model.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';

/** From an element of a set or map, `pf_addr4 tcp . 8080`, to the name of its forward: the element's origin says it. */
export function forwardOfElement({ sets, maps }: Ruleset, forwards: readonly Forward[]): Map<string, string> {
  const names = new Map(forwards.map(({ path, name }) => [formatPath(path), name]));
  return new Map(
    [...sets, ...maps].flatMap((set) =>
      set.elements.flatMap(({ key, origin }): [string, string][] => {
        const name = names.get(formatPath(forwardPath(origin)));
        return name === undefined ? [] : [[`${set.name} ${key.map(partText).join(' . ')}`, name]];
      }),
    ),
  );
}

/** `forwards[2]` of `forwards[2].listen[0]` */
const forwardPath = (origin: ModelPath): ModelPath => origin.slice(0, 2);

type KeyPart = Ruleset['sets'][number]['elements'][number]['key'][number];

/** As nft prints it. */
function partText(part: KeyPart): string {
  if (typeof part !== 'object') return `${part}`;
  return part.kind === 'range' ? `${part.first}-${part.last}` : `${part.address}/${part.length}`;
}
