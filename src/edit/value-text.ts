/** What a key of a forward can hold in the file. */
export type Value = string | number | boolean | readonly (string | number)[];

/** A forward written in full, its keys in order. */
export type InFull = Readonly<Record<string, Value>>;

/** An item of `forwards` as it is to be written: shorthand, or in full. */
export type Written = string | InFull;

/** How what surrounds it is written: JSON is the flow style whose text and keys stand in quotes. */
export type Style = 'block' | 'flow' | 'json';

/** `web`, `"*:6000"`, `[tcp, udp]`. */
export function valueText(value: Value, style: Style): string {
  if (typeof value === 'string') return style === 'block' && isPlain(value) ? value : JSON.stringify(value);
  return typeof value === 'object' ? `[${value.map((item) => valueText(item, style)).join(', ')}]` : `${value}`;
}

export const pairText = (key: string, value: Value, style: Style): string =>
  `${style === 'json' ? JSON.stringify(key) : key}: ${valueText(value, style)}`;

/** The text of an item; in a block each key stands on a line of its own, which begins with `lineStart`. */
export function itemText(item: Written, style: Style, newLine = ''): string {
  if (typeof item === 'string') return JSON.stringify(item);
  const pairs = Object.entries(item).map(([key, value]) => pairText(key, value, style));
  return style === 'block'
    ? pairs.join(newLine)
    : `{${style === 'json' ? '' : ' '}${pairs.join(', ')}${style === 'json' ? '' : ' '}}`;
}

/** A name, an address with or without ports or prefix, a range of ports: nothing that any YAML reads differently. */
const isPlain = (text: string): boolean => PLAIN.test(text) && !WORD.test(text);

const PLAIN = /^(?:[A-Za-z][\w.-]*|\d+(?:\.\d+){3}(?:[:/]\d+(?:-\d+)?)?|\d+-\d+)$/;
const WORD = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
