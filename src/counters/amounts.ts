const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `532 B`, `1.4 MiB`: at most four digits. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${UNITS[unit]}`;
}

/** Of a rate; `-` if it is not known yet. */
export const formatRate = (bytesPerSecond: number | undefined): string =>
  bytesPerSecond === undefined ? '-' : `${formatBytes(Math.round(bytesPerSecond))}/s`;

const BIT_UNITS = ['bit', 'kbit', 'Mbit', 'Gbit', 'Tbit'];

/** What so many bytes are in bits: `0 bit`, `1.23 Mbit`. At most nine characters. */
export function formatBits(bytes: number): string {
  let value = bytes * 8;
  let unit = 0;
  while (value >= 999.5 && unit < BIT_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : shortest(value)} ${BIT_UNITS[unit]}`;
}

/** Three digits. */
const shortest = (value: number): string => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
