/**
 * Regular expressions of JSON Schema for the text in the file. They accept all that the parser accepts, also the spellings of
 * other programs that parse/spelling knows; a test compares both.
 */
const PORT = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';
const PORTS = `${PORT}(-${PORT})?`;
const OCTET = '(\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])';
const IPV4 = `${OCTET}(\\.${OCTET}){3}`;
/** Lower case, as the canonical form of an address has it. */
const IPV6 = '(?=[^\\]/]*:[^\\]/]*:)[0-9a-f:]+';
const BRACKETED = `\\[${IPV6}\\]`;
/** As the listen of an interface has it: neither an address nor a host name. */
const DEVICE =
  '(?!([lL][oO][cC][aA][lL][hH][oO][sS][tT]|[aA][lL][lL]|[aA][nN][yY]|[lL][oO]|default|everywhere|[tT][cC][pP]|[uU][dD][pP]|[sS][cC][tT][pP]|[bB][oO][tT][hH]):)(?=[^:]*[A-Za-z])(?![^:]*\\.[A-Za-z][A-Za-z-]+:)(?!\\d[^.:]*(\\.[^.:]*){2})[A-Za-z0-9_.-][A-Za-z0-9_.@-]{0,13}[A-Za-z0-9_.@*-]?';
const WORD = '([tT][cC][pP]|[uU][dD][pP]|[sS][cC][tT][pP]|[bB][oO][tT][hH])';
const PROTOCOL_WORDS = `${WORD}((\\s+and\\s+|[\\s,/+|&])+${WORD})*`;
const SUFFIX = `(\\s*/[\\s,/+|&]*${PROTOCOL_WORDS}[\\s,/+|&]*)?`;
const COMMA = '\\s*,\\s*';
const PLACE = `(${IPV4}|${BRACKETED}|\\*|${DEVICE}|):`;

const listOf = (item: string): string => `^\\s*${item}(${COMMA}${item})+\\s*$`;

export const LISTEN = `^(${PLACE})?${PORTS}${SUFFIX}$`;
/** In one text: `80,443`. */
export const LISTENS = `^\\s*(${PORTS}(${COMMA}${PORTS})+|${PLACE}${PORTS}(${COMMA}${PLACE}${PORTS})+)${SUFFIX}\\s*$`;
export const TARGET = `^(${IPV4}|${BRACKETED})(:${PORTS})?${SUFFIX}$`;
export const PROTOCOLS = `^[\\s,/+|&]*${PROTOCOL_WORDS}[\\s,/+|&]*$`;
export const NAME = '^[A-Za-z][A-Za-z0-9_.-]{0,62}$';
export const ONE_LINE = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]*$';

const SOURCE_TEXT = `(${IPV4}(/([1-9]|[12]\\d|3[01]))?|${IPV6}(/([1-9]|[1-9]\\d|1[01]\\d|12[0-7]))?|${IPV4}\\s*-\\s*${IPV4}|${IPV6}\\s*-\\s*${IPV6})`;
export const SOURCE = `^${SOURCE_TEXT}$`;
export const SOURCES = listOf(SOURCE_TEXT);

const NOT_A_NAME = '(?!([lL][oO]|[aA][nN][yY]|[aA][lL][lL])(,|\\s|$))';
const INTERFACE_TEXT = `${NOT_A_NAME}[A-Za-z0-9_.-][A-Za-z0-9_.@-]{0,13}[A-Za-z0-9_.@*-]?`;
export const INTERFACE = `^${INTERFACE_TEXT}$`;
export const INTERFACES = listOf(INTERFACE_TEXT);

const BETWEEN = `(/${WORD}([+,/]+${WORD})*[+,/]*)?`;
export const SHORTHAND = `^(${PLACE})?${PORTS}(,${PORTS})*${BETWEEN}:(${IPV4}|${BRACKETED})(:${PORTS})?${BETWEEN}$`;
