import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** For the library, the part of node:crypto that portfwd uses. */
export function createHash(_algorithm: 'sha256') {
  const hash = sha256.create();
  const made = {
    update: (text: string) => {
      hash.update(new TextEncoder().encode(text));
      return made;
    },
    digest: (_encoding: 'hex') => bytesToHex(hash.digest()),
  };
  return made;
}
