/** Two hexadecimal digits of each byte. */
const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Random bytes for some identifiers: asking the runtime for a few costs as much as for many. */
const pool = new Uint8Array(2_048);
const bytesOfOne = 10;
let used = pool.length;

/** A UUIDv7 (RFC 9562): identifiers that are made later sort later. */
export function uuidv7(now: number = Date.now()): string {
  if (used + bytesOfOne > pool.length) {
    globalThis.crypto.getRandomValues(pool);
    used = 0;
  }
  const random = (index: number): number => pool[used + index] ?? 0;
  const hex = (byte: number): string => digits[byte] ?? '00';
  const high = Math.floor(now / 2 ** 16);
  const time = hex((high >>> 24) & 0xff) + hex((high >>> 16) & 0xff) + hex((high >>> 8) & 0xff) + hex(high & 0xff);
  const rest = now % 2 ** 16;
  const out = `${time}-${hex(rest >>> 8)}${hex(rest & 0xff)}-${hex(0x70 | (random(0) & 0x0f))}${hex(random(1))}-${hex(0x80 | (random(2) & 0x3f))}${hex(random(3))}-${hex(random(4))}${hex(random(5))}${hex(random(6))}${hex(random(7))}${hex(random(8))}${hex(random(9))}`;
  used += bytesOfOne;
  return out;
}
