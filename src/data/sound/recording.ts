import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ListedFile } from '../class-folders.js';
import { resample, resampledLength } from './resample.js';
import { type ByteSource, WavError, type WavFormat, readSamples, readWavFormat } from './wav.js';

/** What recordings are brought to. */
export interface RecordingShape {
  readonly sampleRate: number;
  /** Longer ones are cut, shorter ones are followed by silence. */
  readonly samples: number;
}

/**
 * Opens a file that is what it was when it was listed.
 * @throws WavError if it is not, or cannot be read
 */
function opened<Result>({ path, size, modified }: ListedFile, use: (source: ByteSource) => Result): Result {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new WavError(`cannot be read: ${(error as Error).message}`);
  }
  try {
    const requireSame = (): void => {
      const stats = fstatSync(file);
      if (stats.size === size && stats.mtimeMs === modified) return;
      throw new WavError('changed while it was read', 'try again when nothing writes to it');
    };
    requireSame();
    const result = use((at, length) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - at)));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, at));
    });
    requireSame();
    return result;
  } finally {
    closeSync(file);
  }
}

/** Throws a `WavError` if it is no WAV file. */
export const readHeader = (file: ListedFile): WavFormat => opened(file, (source) => readWavFormat(source, file.size));

/** Samples of the file that as many samples of the new rate are made of: the filter looks ahead. */
function neededFrames({ frames, sampleRate }: WavFormat, shape: RecordingShape): number {
  if (sampleRate === shape.sampleRate) return Math.min(frames, shape.samples);
  const ratio = sampleRate / shape.sampleRate;
  return Math.min(frames, Math.ceil(shape.samples * ratio + 8 * Math.max(1, ratio)));
}

/**
 * Reads the start of a recording, of which no more than needed is read.
 * @param to `[samples]`, overwritten
 * @throws WavError if it is no WAV file, has changed since it was listed, or has a sample that is no number
 */
export function readRecording(file: ListedFile, shape: RecordingShape, to: Float32Array): void {
  const { samples, format } = opened(file, (source) => {
    const found = readWavFormat(source, file.size);
    return { format: found, samples: readSamples(source, found, neededFrames(found, shape)) };
  });
  const count = Math.min(shape.samples, resampledLength(samples.length, format.sampleRate, shape.sampleRate));
  to.set(resample(samples, format.sampleRate, shape.sampleRate, count));
  to.fill(0, count);
}
