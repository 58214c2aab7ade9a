/** As systemd-escape(1) does it for the instance of a unit. */
export const escapeInstance = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte, index) => {
      const letter = String.fromCodePoint(byte);
      if (letter === '/') return '-';
      return /[a-zA-Z0-9:_]/.test(letter) || (letter === '.' && index > 0)
        ? letter
        : String.raw`\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
