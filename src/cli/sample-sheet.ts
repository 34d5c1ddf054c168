import { writeFileAtomically } from '../files/atomic-write.js';
import { rangeOf } from './draw-sample.js';

/** A picture `[height, width, channels]` of 1 or 3 channels. */
export interface Picture {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** What is black and how far white is from it, where pictures are to be compared with each other. */
  readonly range?: ReturnType<typeof rangeOf>;
}

const gap = 4;
const background = 128;
/** Pictures are shown about this large at least, each pixel as a square. */
const leastSize = 84;
/** Columns go on below where the sheet would be wider than so many pixels; some are always side by side. */
const mostWidth = 1600;
const leastSideBySide = 6;

/** A spectrogram `[frames, frequencies, 1]` as people look at it: time goes to the right, frequency up. */
export function spectrumOf({ values, height: frames, width: frequencies, channels, ...more }: Picture): Picture {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < frequencies; row++) {
    for (let frame = 0; frame < frames; frame++) {
      for (let channel = 0; channel < channels; channel++) {
        turned[(row * frames + frame) * channels + channel] =
          values[(frame * frequencies + frequencies - 1 - row) * channels + channel]!;
      }
    }
  }
  return { values: turned, height: frequencies, width: frames, channels, ...more };
}

/**
 * Writes pictures as a PNG: a column for each sample, one picture below the other. Many columns are in bands, one below the other.
 * Values beyond 0 … 1 are shown from the smallest to the largest of their picture, unless it says otherwise.
 */
export async function writeSampleSheet(path: string, columns: readonly (readonly Picture[])[]): Promise<void> {
  const { default: sharp } = await import('sharp');
  const all = columns.flat();
  const [height, width] = [Math.max(...all.map((one) => one.height)), Math.max(...all.map((one) => one.width))];
  const zoom = Math.max(1, Math.round(leastSize / Math.sqrt(height * width)));
  const [cellHeight, cellWidth] = [height * zoom + gap, width * zoom + gap];
  const rows = Math.max(...columns.map((column) => column.length));
  const perBand = Math.min(columns.length, Math.max(leastSideBySide, Math.floor((mostWidth - gap) / cellWidth)));
  const bandHeight = rows * cellHeight + 2 * gap;
  const sheet = { width: perBand * cellWidth + gap, height: Math.ceil(columns.length / perBand) * bandHeight - gap };
  const pixels = Buffer.alloc(sheet.width * sheet.height * 3, background);
  columns.forEach((column, i) => {
    const [x, above] = [i % perBand, Math.floor(i / perBand) * bandHeight];
    column.forEach((picture, y) => {
      const { low, range } = picture.range ?? rangeOf(picture.values);
      for (let row = 0; row < picture.height * zoom; row++) {
        for (let place = 0; place < picture.width * zoom; place++) {
          const from = (Math.floor(row / zoom) * picture.width + Math.floor(place / zoom)) * picture.channels;
          const to = ((above + y * cellHeight + gap + row) * sheet.width + x * cellWidth + gap + place) * 3;
          for (let channel = 0; channel < 3; channel++) {
            const value = picture.values[from + Math.min(channel, picture.channels - 1)]!;
            pixels[to + channel] = Math.round((255 * (value - low)) / range);
          }
        }
      }
    });
  });
  writeFileAtomically(path, [
    await sharp(pixels, { raw: { ...sheet, channels: 3 } })
      .png()
      .toBuffer(),
  ]);
}
