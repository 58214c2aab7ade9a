import type { Chain, Element, NamedMap, NamedSet, Ruleset } from '../ruleset/ruleset.ts';
import { emitJson } from './json.ts';
import { ruleText, valueText } from './rule-text.ts';

/**
 * The ruleset in nft's own syntax, for boot files and for readers (docs/netfilter.md, fact 28). It is self-contained
 * and idempotent: the first `table` lets `delete table` succeed if there is no table yet.
 */
export function emitText(ruleset: Ruleset): string {
  const name = `${ruleset.table.family} ${ruleset.table.name}`;
  const blocks = [
    ...ruleset.sets.map((set) =>
      block(`set ${set.name}`, setLines(set, `type ${set.type.join(' . ')}`, set.elements.map(elementText))),
    ),
    ...ruleset.maps.map((map) =>
      block(
        `map ${map.name}`,
        setLines(
          map,
          `type ${map.type.join(' . ')} : ${map.data}`,
          map.elements.map((element) => `${elementText(element)} : ${element.data}`),
        ),
      ),
    ),
    block(`chain ${emitJson(ruleset).marker}`, []),
    ...ruleset.chains.map((chain) => block(`chain ${chain.name}`, chainLines(chain))),
  ];
  return `table ${name}\ndelete table ${name}\ntable ${name} {\n${blocks.join('\n')}}\n`;
}

const block = (head: string, lines: readonly string[]): string =>
  `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;

const setLines = ({ interval }: NamedSet | NamedMap, type: string, elements: readonly string[]): string[] => [
  type,
  ...(interval ? ['flags interval'] : []),
  ...(elements.length === 0 ? [] : [`elements = { ${elements.join(',\n\t\t\t     ')} }`]),
];

const chainLines = (chain: Chain): string[] => [
  ...(chain.kind === 'base'
    ? [`type ${chain.type} hook ${chain.hook} priority ${chain.priority}; policy accept;`]
    : []),
  ...chain.rules.map(ruleText),
];

const elementText = ({ key, comment }: Element): string =>
  `${key.map(valueText).join(' . ')}${comment === undefined ? '' : ` comment "${comment}"`}`;
