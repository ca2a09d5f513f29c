// Draws icon.png: a heap of blocks with one too many. Run it with `node scripts/icon.mjs`.

import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const SIZE = 128;
// Each pixel is the mean of this many samples in each direction.
const SAMPLES = 4;

const BACKGROUND = [24, 32, 48];
const BLOCK = [86, 156, 214];
const SURPLUS = [244, 114, 82];

const SIDE = 26;
const GAP = 5;

const rows = [1, 2, 3];
const blocks = rows.flatMap((count, row) =>
  Array.from({ length: count }, (_, index) => ({
    x: SIZE / 2 - (count * (SIDE + GAP) - GAP) / 2 + index * (SIDE + GAP),
    y: 20 + row * (SIDE + GAP),
    colour: row === 0 ? SURPLUS : BLOCK,
  })),
);

/** Whether a point lies in a square with round corners. */
function isIn(px, py, x, y, side, radius) {
  const dx = Math.max(x + radius - px, px - (x + side - radius), 0);
  const dy = Math.max(y + radius - py, py - (y + side - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
}

/** The colour of a point with its opacity. */
function sample(x, y) {
  const block = blocks.find((it) => isIn(x, y, it.x, it.y, SIDE, 5));
  if (block !== undefined) {
    return [...block.colour, 255];
  }
  return isIn(x, y, 0, 0, SIZE, 24) ? [...BACKGROUND, 255] : [0, 0, 0, 0];
}

function pixel(x, y) {
  const sum = [0, 0, 0, 0];
  for (let sy = 0; sy < SAMPLES; sy++) {
    for (let sx = 0; sx < SAMPLES; sx++) {
      const [r, g, b, a] = sample(x + (sx + 0.5) / SAMPLES, y + (sy + 0.5) / SAMPLES);
      sum[0] += r * a;
      sum[1] += g * a;
      sum[2] += b * a;
      sum[3] += a;
    }
  }
  const [r, g, b, a] = sum;
  return a === 0 ? [0, 0, 0, 0] : [r / a, g / a, b / a, a / SAMPLES ** 2].map(Math.round);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

const header = Buffer.alloc(13);
header.writeUInt32BE(SIZE, 0);
header.writeUInt32BE(SIZE, 4);
header.set([8, 6, 0, 0, 0], 8); // 8 bits, red green blue alpha

const lines = Array.from({ length: SIZE }, (_, y) =>
  Buffer.from([0, ...Array.from({ length: SIZE }, (_, x) => pixel(x, y)).flat()]),
);

writeFileSync(
  new URL('../icon.png', import.meta.url),
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]),
);
