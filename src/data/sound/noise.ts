import { statSync } from 'node:fs';
import { DatasetError } from '../dataset-error.js';
import { locateFiles } from '../locate.js';
import { fileProvenance, md5OfFile } from '../provenance.js';
import { sharedFloats } from '../shared.js';
import { readHeader, readRecording } from './recording.js';
import { resampledLength } from './resample.js';
import { WavError } from './wav.js';

/** Recordings side by side, where all threads see them. */
export interface NoiseRecordings {
  readonly samples: Float32Array;
  /** Where each starts, and where the last one ends. */
  readonly starts: readonly number[];
}

/** 512 MiB. */
const mostSamples = 2 ** 27;

/**
 * Reads whole recordings, the mean of their channels.
 * @param path from `folder`; `*` takes several
 * @param sampleRate what they are brought to, by default left as they are
 * @throws DatasetError at `path` where there are none, or one is no WAV file or silent
 */
export function readNoise(
  path: string,
  folder: string,
  sampleRate: number | undefined,
): { recordings: NoiseRecordings; provenance: { file: string; md5: string }[] } {
  const files = locateFiles(path, folder).map((file) => {
    const { size, mtimeMs: modified } = statSync(file);
    return { path: file, name: file, size, modified };
  });
  const attempt = <Result>(file: string, read: () => Result): Result => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof WavError)) throw error;
      throw new DatasetError(['path'], `${file} ${error.message}`, { hint: error.hint ?? 'correct it, or leave it out' });
    }
  };
  const shapes = files.map((file) =>
    attempt(file.path, () => {
      const { frames, sampleRate: own } = readHeader(file);
      const rate = sampleRate ?? own;
      return { sampleRate: rate, samples: resampledLength(frames, own, rate) };
    }),
  );
  const starts = [0];
  for (const { samples } of shapes) starts.push(starts.at(-1)! + samples);
  if (starts.at(-1)! > mostSamples) {
    throw new DatasetError(['path'], `${files.length} recordings of ${starts.at(-1)} samples are too much to be held in memory`, {
      hint: `take fewer or shorter ones: ${mostSamples} samples at most`,
    });
  }
  const samples = sharedFloats(starts.at(-1)!);
  files.forEach((file, i) => {
    const own = samples.subarray(starts[i], starts[i + 1]);
    attempt(file.path, () => {
      readRecording(file, shapes[i]!, own);
      if (own.every((sample) => sample === 0)) throw new WavError('is silent, and no noise');
    });
  });
  const checksums = files.map((file) => md5OfFile(file.path));
  return { recordings: { samples, starts }, provenance: fileProvenance(files, checksums) };
}
