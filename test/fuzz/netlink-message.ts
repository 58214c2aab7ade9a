import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import type { Flow } from '../../src/flows/flow.ts';
import { parseAddress } from '../../src/model/address.ts';

const NESTED = 0x80_00;
const isLittle = endianness() === 'LE';
const native16 = (bytes: Buffer, at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
const native32 = (bytes: Buffer, at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));

/** Reads the message as the kernel does, and compares it with the entry that is to be deleted. */
export function assertDeletes(hex: string, flow: Flow): void {
  assert.match(hex, /^(?:[\da-f]{2})+$/);
  const message = Buffer.from(hex, 'hex');
  assert.equal(native32(message, 0), message.length);
  assert.equal(native16(message, 4), 0x01_02);
  assert.equal(message[16], flow.family === 'ip' ? 2 : 10);
  const body = attributesIn(message.subarray(20));
  const tuple = attributesIn(body.get(1) ?? Buffer.alloc(0));
  const addresses = attributesIn(tuple.get(1) ?? Buffer.alloc(0));
  const ports = attributesIn(tuple.get(2) ?? Buffer.alloc(0));
  const [source, destination] = flow.family === 'ip' ? [1, 2] : [3, 4];
  assert.deepEqual(
    [...addresses].map(([type, value]) => [type, textOf(value)]),
    [
      [source, parseAddress(flow.source)?.text],
      [destination, parseAddress(flow.destination)?.text],
    ],
  );
  assert.deepEqual(
    [...ports].map(([type, value]) => [type, value.readUIntBE(0, value.length), value.length]),
    [
      [1, { tcp: 6, udp: 17, sctp: 132 }[flow.protocol], 1],
      [2, flow.sourcePort, 2],
      [3, flow.destinationPort, 2],
    ],
  );
  assert.deepEqual(
    [body.get(18), body.get(12), tuple.get(3)].map((value) => value?.readUIntBE(0, value.length)),
    [flow.zone, flow.id, flow.originalZone],
  );
}

function attributesIn(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const length = native16(bytes, at);
    assert.ok(length >= 4 && at + length <= bytes.length, `an attribute of length ${length}`);
    found.set(native16(bytes, at + 2) & ~NESTED, bytes.subarray(at + 4, at + length));
    at += Math.ceil(length / 4) * 4;
  }
  return found;
}

function textOf(address: Buffer): string | undefined {
  const text = address.length === 4 ? [...address].join('.') : (address.toString('hex').match(/.{4}/g) ?? []).join(':');
  return parseAddress(text)?.text;
}
