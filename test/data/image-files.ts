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
