import type { ModelPath } from '../finding/finding.ts';
import { formatPath } from '../finding/finding.ts';
import type { Forward } from '../model/model.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { keyText } from './listed-elements.ts';

/** Which forward an element carries out: `pf_addr4 tcp . 8080` to its name, by the origin that lowering kept. */
export function ownersOf({ sets, maps }: Ruleset, forwards: readonly Forward[]): Map<string, string> {
  const names = new Map(forwards.map(({ path, name }) => [formatPath(path), name]));
  return new Map(
    [...sets, ...maps].flatMap((set) =>
      set.elements.flatMap(({ key, origin }): [string, string][] => {
        const name = names.get(formatPath(forwardPath(origin)));
        return name === undefined ? [] : [[`${set.name} ${keyText(key.map(listed))}`, name]];
      }),
    ),
  );
}

/** `forwards[2].listen[0]` lies in `forwards[2]`. */
const forwardPath = (origin: ModelPath): ModelPath => origin.slice(0, 2);

/** As nft's listing has it. */
function listed(part: Ruleset['sets'][number]['elements'][number]['key'][number]): unknown {
  if (typeof part !== 'object') return part;
  return part.kind === 'range'
    ? { range: [part.first, part.last] }
    : { prefix: { addr: part.address, len: part.length } };
}
