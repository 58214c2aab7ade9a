import type { Element, MapElement } from '../ruleset/ruleset.ts';
import { valueJson } from './rule-json.ts';

/**
 * The elements as JSON text, without objects in between: 50 000 forwards have 150 000 elements, and objects or strings
 * for all of them at once would need more memory than everything else.
 */
export function elementsText(elements: readonly (Element | MapElement)[]): string {
  const parts: string[] = [];
  for (let at = 0; at < elements.length; at += PART)
    parts.push(
      elements
        .slice(at, at + PART)
        .map((element) => ('data' in element ? mapElementText(element) : elementText(element)))
        .join(','),
    );
  return parts.join(',');
}

const PART = 500;

/**
 *     {"concat":["tcp",6000]}
 *     {"elem":{"val":{"concat":["tcp",6000]},"comment":"web"}}
 */
function elementText({ key, comment }: Element): string {
  const [only] = key;
  const val = key.length === 1 && only !== undefined ? valueText(only) : `{"concat":[${key.map(valueText).join(',')}]}`;
  return comment === undefined ? val : `{"elem":{"val":${val},"comment":${JSON.stringify(comment)}}}`;
}

/** `[{"concat":["tcp",6000]},"10.0.0.2"]` */
const mapElementText = (element: MapElement): string => `[${elementText(element)},${valueText(element.data)}]`;

const valueText = (value: Element['key'][number]): string =>
  typeof value === 'number' ? `${value}` : JSON.stringify(valueJson(value));
