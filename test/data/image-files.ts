import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';

/** A picture `[height, width, 3]` that is another for another number: a slope of colours from a corner. */
export function slope(seed: number, width = 12, height = 10): Sharp {
  const values = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (seed * 40 + (channel === 0 ? x * 12 : channel === 1 ? y * 15 : 80)) % 256;
  });
  return sharp(values, { raw: { width, height, channels: 3 } });
}

/** One colour. */
export const plain = (red: number, green: number, blue: number, width = 8, height = 8): Sharp =>
  sharp({ create: { width, height, channels: 3, background: { r: red, g: green, b: blue } } });

/** Writes a file and the folders that it lies in. */
export function writeInto(folder: string, name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** The bytes of a PNG of which nothing but the size has been changed, to one that nobody would decode. */
export async function bombPng(width: number, height: number): Promise<Buffer> {
  const bytes = await plain(0, 0, 0).png().toBuffer();
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** A TIFF of one channel of 32-bit floats. */
export function floatTiff(width: number, height: number): Buffer {
  const pixels = Buffer.from(Float32Array.from({ length: width * height }, (_, i) => i / 7).buffer);
  const [short, long] = [3, 4];
  const entries: [tag: number, type: number, value: number][] = [
    [256, long, width],
    [257, long, height],
    [258, short, 32],
    [259, short, 1],
    [262, short, 1],
    [273, long, 8],
    [277, short, 1],
    [278, long, height],
    [279, long, pixels.length],
    [339, short, 3], // floats
  ];
  const header = Buffer.alloc(8);
  header.write('II*\0', 'latin1');
  header.writeUInt32LE(8 + pixels.length, 4);
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length);
  entries.forEach(([tag, type, value], i) => {
    directory.writeUInt16LE(tag, 2 + i * 12);
    directory.writeUInt16LE(type, 4 + i * 12);
    directory.writeUInt32LE(1, 6 + i * 12);
    directory.writeUInt32LE(value, 10 + i * 12);
  });
  return Buffer.concat([header, pixels, directory]);
}
