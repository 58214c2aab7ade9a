import { MAX_BYTES } from './read-config-file.ts';

/** Until its end, or until it is longer than a model may be. */
export async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= MAX_BYTES) break;
  }
  return Buffer.concat(chunks);
}
