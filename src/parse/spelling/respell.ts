import { sorted } from '../../model/forward-keys.ts';
import type { Protocol } from '../../model/model.ts';
import { protocolsMeantBy } from './protocols.ts';

/** A forward as it is in the file, with values of any type. */
type Input = Readonly<Record<string, unknown>>;

/**
 * Rewrites spellings of other programs whose meaning is clear: `protocol: TCP`, `listen: 80/udp`, `listen: "80,443"`,
 * `from: 192.0.2.1, 192.0.2.2`. Everything else stays, and the parser reports what is wrong with it.
 */
export function respell(input: Input): Input {
  const protocol = protocolOf(input['protocol']);
  const moved = withoutSuffixes({ ...input, ...(protocol === undefined ? {} : { protocol }) });
  return { ...moved, ...listsIn(moved) };
}

/** Undefined if it is missing or not clear. */
function protocolOf(value: unknown): string | string[] | undefined {
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const meant = items.map((item) => (typeof item === 'string' ? protocolsMeantBy(item) : undefined));
  if (items.length === 0 || !meant.every((one) => one !== undefined)) return undefined;
  const protocols = meant.flat();
  return protocols.length === 1 && !Array.isArray(value) ? protocols[0] : protocols;
}

/** Moves the protocol of `listen: 80/udp` or `target: 10.0.0.2:53/udp` to its key, unless that says something else. */
function withoutSuffixes(input: Input): Input {
  const { listen, target, protocol } = input;
  const listens = (Array.isArray(listen) ? (listen as readonly unknown[]) : [listen]).map(splitSuffix);
  const aim = splitSuffix(target);
  const suffixes = [...listens, aim].flatMap(({ protocols }) => (protocols === undefined ? [] : [protocols]));
  const [first] = suffixes;
  if (first === undefined) return input;
  const partly = listens.some(({ protocols }) => protocols !== undefined) && listens.some((one) => !one.protocols);
  const said = protocol === undefined ? first : textsIn(protocol);
  if (partly || said === undefined || suffixes.some((one) => sorted(one) !== sorted(said))) return input;
  const [only] = listens;
  return {
    ...input,
    listen: Array.isArray(listen) ? listens.map(({ rest }) => rest) : only?.rest,
    target: aim.rest,
    protocol: protocol ?? (first.length === 1 ? first[0] : first),
  };
}

/** Undefined if it is anything but text or a list of texts. */
function textsIn(value: unknown): readonly string[] | undefined {
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return items.every((item) => typeof item === 'string') ? items : undefined;
}

interface Split {
  readonly rest: unknown;
  readonly protocols?: readonly Protocol[];
}

function splitSuffix(value: unknown): Split {
  const slash = typeof value === 'string' ? value.indexOf('/') : -1;
  if (typeof value !== 'string' || slash < 1) return { rest: value };
  const protocols = protocolsMeantBy(value.slice(slash + 1));
  return protocols === undefined ? { rest: value } : { rest: value.slice(0, slash).trim(), protocols };
}

/** Text with commas is a list. */
function listsIn({ listen, interface: names, from }: Input): Input {
  const listens = itemsOf(listen);
  return {
    ...(listens !== undefined && isClear(listens) ? { listen: listens } : {}),
    ...ifList('interface', itemsOf(names)),
    ...ifList('from', itemsOf(from)),
  };
}

const ifList = (key: string, items: readonly string[] | undefined): Input =>
  items === undefined ? {} : { [key]: items };

function itemsOf(value: unknown): string[] | undefined {
  if (typeof value !== 'string' || !value.includes(',')) return undefined;
  const items = value.split(',').map((item) => item.trim());
  return items.every((item) => item !== '') ? items : undefined;
}

/** In `203.0.113.1:80,443` it is not clear whether 443 is for every address, so only one kind of item is accepted. */
export const isClear = (listens: readonly string[]): boolean =>
  new Set(listens.map((listen) => listen.includes(':'))).size === 1;

/** False for nearly every value, so that `respell` is called only where it may change something. */
export const mayNeedRespelling = (key: string, value: unknown): boolean =>
  typeof value === 'string'
    ? UNUSUAL[key]?.test(value) === true
    : key === 'listen' && Array.isArray(value) && value.some((item) => typeof item === 'string' && item.includes('/'));

const UNUSUAL: Readonly<Partial<Record<string, RegExp>>> = {
  listen: /[,/]/,
  target: /\//,
  interface: /,/,
  from: /,/,
};
