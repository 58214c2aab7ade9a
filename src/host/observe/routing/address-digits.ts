/** An address as hexadecimal digits of fixed length, so that the order of texts is the order of addresses. */
export const digitsOf = (address: string): string =>
  address.includes(':')
    ? digitsOfIPv6(address)
    : address
        .split('.')
        .map((byte) => BYTES[Number(byte)])
        .join('');

/** Of the first address of the prefix of this length. */
export function firstDigits(digits: string, length: number): string {
  const whole = length >> 2;
  if (whole >= digits.length) return digits;
  const digit = Number.parseInt(digits[whole] ?? '0', 16) & ~(0xf >> (length & 3));
  return digits.slice(0, whole) + digit.toString(16) + '0'.repeat(digits.length - whole - 1);
}

/** Of the last address of a prefix, from those of its first address. */
export function lastDigits(first: string, length: number): string {
  const whole = length >> 2;
  if (whole >= first.length) return first;
  const digit = Number.parseInt(first[whole] ?? '0', 16) | (0xf >> (length & 3));
  return first.slice(0, whole) + digit.toString(16) + 'f'.repeat(first.length - whole - 1);
}

/** In a form that ip reads. */
export const addressOf = (digits: string): string =>
  digits.length === 8
    ? (digits.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.')
    : (digits.match(/..../g) ?? []).join(':');

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `2001:db8::1`; the last 32 bits may be written as IPv4. */
function digitsOfIPv6(address: string): string {
  const [head = '', tail] = address.split('::');
  const first = groupsOf(head);
  return tail === undefined ? first : first + groupsOf(tail).padStart(32 - first.length, '0');
}

function groupsOf(text: string): string {
  let digits = '';
  for (const group of text === '' ? [] : text.split(':'))
    digits += group.includes('.') ? digitsOf(group) : group.padStart(4, '0');
  return digits;
}
