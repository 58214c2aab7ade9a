/** A value of a key of a forward in the file. */
export type Value = string | number | boolean | readonly (string | number)[];

/** A forward as a mapping, with its keys in order. */
export type Mapping = Readonly<Record<string, Value>>;

/** An item of `forwards` for the file: shorthand or a mapping. */
export type Item = string | Mapping;

/** The style of the surrounding text. JSON is flow style with quoted text and keys. */
export type Style = 'block' | 'flow' | 'json';

/** `web`, `"*:6000"`, `[tcp, udp]`. */
export function valueText(value: Value, style: Style): string {
  if (typeof value === 'string') return style === 'block' && isPlain(value) ? value : JSON.stringify(value);
  return typeof value === 'object' ? `[${value.map((item) => valueText(item, style)).join(', ')}]` : `${value}`;
}

export const pairText = (key: string, value: Value, style: Style): string =>
  `${style === 'json' ? JSON.stringify(key) : key}: ${valueText(value, style)}`;

/** The text of an item. In block style each key is on its own line; `newLine` separates them. */
export function itemText(item: Item, style: Style, newLine = ''): string {
  if (typeof item === 'string') return JSON.stringify(item);
  const pairs = Object.entries(item).map(([key, value]) => pairText(key, value, style));
  return style === 'block'
    ? pairs.join(newLine)
    : `{${style === 'json' ? '' : ' '}${pairs.join(', ')}${style === 'json' ? '' : ' '}}`;
}

/** Names, addresses with or without port or prefix length, and port ranges: text that every YAML version reads as text. */
const isPlain = (text: string): boolean => PLAIN.test(text) && !WORD.test(text);

const PLAIN = /^(?:[A-Za-z][\w.-]*|\d+(?:\.\d+){3}(?:[:/]\d+(?:-\d+)?)?|\d+-\d+)$/;
const WORD = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
