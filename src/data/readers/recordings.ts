import { UserError } from '../../errors.js';
import type { ListedFile } from '../class-folders.js';
import type { RecordReader } from '../field.js';
import { type RecordingShape, readRecording } from '../sound/recording.js';
import { WavError } from '../sound/wav.js';

/** Recordings, one a file. */
export interface Recordings extends RecordingShape {
  /** The field that they are. */
  readonly field: string;
  readonly files: readonly ListedFile[];
}

/** Reads recordings when they are wanted, where they are too many to be held in memory. */
export function openRecordings({ field, files, ...shape }: Recordings): RecordReader {
  return {
    read(record, values) {
      const file = files[record]!;
      try {
        readRecording(file, shape, values[field]!);
      } catch (error) {
        if (!(error instanceof WavError)) throw error;
        throw new UserError(`${file.path} ${error.message}`, error.hint === undefined ? {} : { hint: error.hint });
      }
    },
  };
}
