// Makes a screenshot small: few colours, one byte for each pixel (PNG, 2nd edition).
import { crc32 as zlibCrc, deflateSync, inflateSync } from 'node:zlib';

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = zlibCrc ?? ((bytes) => {
  let c = 0xffffffff;
  for (const x of bytes) c = table[(c ^ x) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
});

function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** Width, height and the pixels of an image of 8 bits a channel that is not interlaced, as browsers make them. */
function decode(png) {
  const data = [];
  let width, height, channels;
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      width = body.readUInt32BE(0);
      height = body.readUInt32BE(4);
      channels = { 2: 3, 6: 4 }[body[9]];
      if (body[8] !== 8 || !channels || body[12] !== 0) throw new Error('not a screenshot as they are made here');
    }
    if (type === 'IDAT') data.push(body);
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = width * channels;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; ++y) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; ++i) {
      const a = i >= channels ? out[y * stride + i - channels] : 0;
      const b = y > 0 ? out[(y - 1) * stride + i] : 0;
      const c = i >= channels && y > 0 ? out[(y - 1) * stride + i - channels] : 0;
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const guess = [0, a, b, (a + b) >> 1, pa <= pb && pa <= pc ? a : pb <= pc ? b : c][filter];
      out[y * stride + i] = raw[y * (stride + 1) + 1 + i] + guess;
    }
  }
  return { width, height, channels, pixels: out };
}

/** The image with its 256 most frequent colours; each other one becomes the nearest of them. */
export function small(png) {
  const { width, height, channels, pixels } = decode(Buffer.from(png));
  const colourAt = (i) => (pixels[i * channels] << 16) | (pixels[i * channels + 1] << 8) | pixels[i * channels + 2];
  const counts = new Map();
  // The edges of letters have many shades: eight steps of each channel show no difference.
  const shade = (x) => (counts.get(x) > 200 ? x : (x & 0xe0e0e0) | 0x101010);
  for (let i = 0; i < width * height; ++i) counts.set(colourAt(i), (counts.get(colourAt(i)) ?? 0) + 1);
  const shades = new Map();
  for (const [x, n] of counts) shades.set(shade(x), (shades.get(shade(x)) ?? 0) + n);
  const palette = [...shades].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([x]) => x);
  const parts = (x) => [x >> 16, (x >> 8) & 255, x & 255];
  const far = (x, y) => parts(x).reduce((sum, part, i) => sum + (part - parts(y)[i]) ** 2, 0);
  const indexes = new Map(palette.map((x, i) => [x, i]));
  for (const x of shades.keys())
    if (!indexes.has(x)) indexes.set(x, palette.reduce((best, y, i) => (far(x, y) < far(x, palette[best]) ? i : best), 0));
  const rows = Buffer.alloc((width + 1) * height);
  for (let i = 0; i < width * height; ++i) rows[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = indexes.get(shade(colourAt(i)));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', head), chunk('PLTE', Buffer.from(palette.flatMap(parts))),
    chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
