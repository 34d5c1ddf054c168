/**
 * Has espeak-ng say the words from zero to nine in 48 voices with three accents each, to try `type: audio` on: 1,440 WAV files and
 * `words.csv`, which says of each what is said and by which voice.
 *
 *     apt-get install espeak-ng
 *     node data/make-spoken-digits.js [folder]
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const accents = ['en-us', 'en-gb-x-rp', 'en-gb-scotland'];
const voices = (
  'adam Alex Alicia Andrea Andy Annie antonio aunty belinda benjamin boris caleb david Denis Diogo ed Gene grandma grandpa gustave Henrique ' +
  'Hugo iven Jacky john Lee linda marcelo Marco Mario max Michael michel miguel Mike Nguyen pablo paul pedro quincy rob robert sandro ' +
  'shelby steph travis victor zac'
).split(' ');

const [folder = fileURLToPath(new URL('spoken-digits', import.meta.url))] = process.argv.slice(2);
const recordings = voices.flatMap((voice) => accents.flatMap((accent) => words.map((word) => ({ voice, accent, word }))));
const nameOf = ({ voice, accent, word }) => `${word}-${voice}-${accent}.wav`;

mkdirSync(folder, { recursive: true });
const left = recordings.entries();
const speak = async () => {
  for (const [, recording] of left) {
    const { voice, accent, word } = recording;
    await promisify(execFile)('espeak-ng', ['-v', `${accent}+${voice}`, '-w', join(folder, nameOf(recording)), word]);
  }
};
try {
  await Promise.all(Array.from({ length: availableParallelism() }, speak));
} catch (error) {
  console.error(error.code === 'ENOENT' ? 'espeak-ng is not installed: apt-get install espeak-ng' : `espeak-ng: ${error.message}`);
  process.exit(1);
}
const rows = recordings.map((recording) => `${nameOf(recording)},${recording.word},${recording.voice}`);
writeFileSync(join(folder, 'words.csv'), ['audio,label,voice', ...rows, ''].join('\n'));
