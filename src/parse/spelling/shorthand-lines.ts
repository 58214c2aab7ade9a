/**
 * The shorthand that was probably meant: `6000 -> 10.0.0.2:80`, `tcp 80 10.0.0.2 80`, `8000:8010:10.0.0.2`,
 * `port=80:proto=tcp:toaddr=10.0.0.2`. The caller checks whether it is valid.
 */
export function shorthandMeantBy(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const meant = withRanges(protocolLast(fromPairs(text) ?? text.trim().replaceAll(SEPARATORS, ':')));
  return meant === text ? undefined : meant;
}

const MAX_LENGTH = 120;
const SEPARATORS = /\s*(?:[-=]*>|→|:)\s*|\s+to\s+|\s*=\s*|\s+/gi;

/** firewalld: `port=80:proto=tcp:toport=8080:toaddr=10.0.0.2`. */
function fromPairs(text: string): string | undefined {
  const pairs = text.split(/[:\s]+/).map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2)) return undefined;
  const { port, proto, toport, toaddr } = Object.fromEntries(pairs) as Partial<Record<string, string>>;
  if (port === undefined || toaddr === undefined) return undefined;
  return `${port}:${toaddr}${toport === undefined ? '' : `:${toport}`}${proto === undefined ? '' : `/${proto}`}`;
}

/** `tcp:80:…`, `tcp/80:…` and `…:tcp` become `…/tcp`. */
function protocolLast(text: string): string {
  const [, first, after = ''] = /^(tcp|udp|sctp|both)[:/](.+)$/i.exec(text) ?? [];
  if (first !== undefined) return `${after}/${first.toLowerCase()}`;
  return text.replace(/:(tcp|udp|sctp|both)$/i, (_, last: string) => `/${last.toLowerCase()}`);
}

/** `8000:8010` in front of an address is a range, and so are two ports after it. */
const withRanges = (text: string): string =>
  text.replace(
    /^((?:\d+(?:\.\d+){3}:|\[[^\]]*\]:)?)(\d+):(\d+):(\d+(?:\.\d+){3}|\[[^\]]*\])(?::(\d+):(\d+))?/,
    (_, host: string, first: string, last: string, target: string, to?: string, end?: string) =>
      `${host}${first}-${last}:${target}${to === undefined ? '' : `:${to}-${end}`}`,
  );
