/** Why a file cannot be used, in words that go on after its name: `is cut off`. */
export class WavError extends Error {
  override readonly name = 'WavError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Bytes of a file: `length` of them from `at` on, or as many as there are. */
export type ByteSource = (at: number, length: number) => Buffer;

export const bytesOf =
  (bytes: Buffer): ByteSource =>
  (at, length) =>
    bytes.subarray(at, at + length);

/** What the header of a WAV file says. */
export interface WavFormat {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly frames: number;
  readonly encoding: 'integer' | 'float';
  readonly bitsPerSample: number;
  /** The byte at which samples start. */
  readonly start: number;
}

const encodings: Readonly<Record<number, WavFormat['encoding']>> = { 1: 'integer', 3: 'float' };
const encodingNames: Readonly<Record<number, string>> = { 2: 'ADPCM', 6: 'A-law', 7: 'µ-law', 17: 'ADPCM', 49: 'GSM', 85: 'MP3' };
const extensible = 0xfffe;
const sizes = { integer: [8, 16, 24, 32], float: [32, 64] };
const howToConvert = 'convert it, for example with ffmpeg -i sound.mp3 sound.wav';

/**
 * Reads the header of a WAV file (RIFF; "Multimedia Programming Interface and Data Specifications 1.0", 1991, and WAVE_FORMAT_EXTENSIBLE).
 * @param length bytes of the file
 * @throws WavError if it is no WAV file, ends too early, or holds what cannot be read
 */
export function readWavFormat(source: ByteSource, length: number): WavFormat {
  const head = source(0, 12);
  if (head.length === 0) throw new WavError('is empty', 'correct or remove it');
  if (head.length < 12 || head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') {
    throw new WavError(`is no WAV file: it begins with ${JSON.stringify(head.toString('latin1', 0, 4))}`, howToConvert);
  }
  let format: Omit<WavFormat, 'frames' | 'start'> | undefined;
  for (let at = 12; at + 8 <= length;) {
    const chunk = source(at, 8);
    const [name, size, start] = [chunk.toString('latin1', 0, 4), chunk.readUInt32LE(4), at + 8];
    if (name === 'fmt ') format = readFormat(source(start, Math.min(size, 40)));
    else if (name === 'data') {
      if (format === undefined) throw new WavError('has samples before it says what they are');
      // Programs that do not know the size beforehand write the largest number.
      const bytes = size === 0xffffffff ? length - start : size;
      if (start + bytes > length) throw new WavError(`is cut off: of ${bytes} bytes of samples there are ${length - start}`);
      const frames = Math.floor(bytes / ((format.channels * format.bitsPerSample) / 8));
      return { ...format, frames, start };
    }
    at = start + size + (size % 2);
  }
  throw new WavError('has no samples: it ends before them');
}

function readFormat(chunk: Buffer): Omit<WavFormat, 'frames' | 'start'> {
  if (chunk.length < 16) throw new WavError('has a header that is cut off');
  const [channels, sampleRate, bitsPerSample] = [chunk.readUInt16LE(2), chunk.readUInt32LE(4), chunk.readUInt16LE(14)];
  const said = chunk.readUInt16LE(0);
  const tag = said === extensible && chunk.length >= 26 ? chunk.readUInt16LE(24) : said;
  const encoding = encodings[tag];
  if (encoding === undefined) {
    const named = encodingNames[tag] ?? `the encoding ${tag}`;
    throw new WavError(
      `holds ${named}, expected whole numbers or floats`,
      'convert it, for example with ffmpeg -i in.wav -c:a pcm_s16le out.wav',
    );
  }
  if (!sizes[encoding].includes(bitsPerSample)) {
    throw new WavError(`has ${encoding}s of ${bitsPerSample} bits, expected ${sizes[encoding].join(', ')}`, howToConvert);
  }
  if (channels === 0 || sampleRate === 0)
    throw new WavError(`says that it has ${channels} channels at ${sampleRate} samples in a second`);
  return { sampleRate, channels, encoding, bitsPerSample };
}

/** Whether its samples are whole numbers of 16 bits at most, of one channel. */
export const isSixteenBit = ({ encoding, bitsPerSample, channels }: WavFormat): boolean =>
  encoding === 'integer' && bitsPerSample <= 16 && channels === 1;

/**
 * The first samples of a WAV file from -1 to 1, the mean of its channels.
 * @param frames at most as many as there are
 * @throws WavError if a sample is not finite
 */
export function readSamples(source: ByteSource, format: WavFormat, frames: number): Float32Array {
  const { channels, bitsPerSample, start } = format;
  const width = (channels * bitsPerSample) / 8;
  const bytes = source(start, frames * width);
  if (bytes.length < frames * width) throw new WavError('has become shorter since it was opened');
  const read = sampleReader(bytes, format);
  const samples = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += read(frame * width + (channel * bitsPerSample) / 8);
    samples[frame] = sum / channels;
  }
  const wrong = samples.findIndex((sample) => !Number.isFinite(sample));
  if (wrong >= 0) throw new WavError(`has the sample ${samples[wrong]}, at place ${wrong}`);
  return samples;
}

function sampleReader(bytes: Buffer, { encoding, bitsPerSample }: WavFormat): (at: number) => number {
  if (encoding === 'float') return bitsPerSample === 32 ? (at) => bytes.readFloatLE(at) : (at) => bytes.readDoubleLE(at);
  if (bitsPerSample === 8) return (at) => (bytes[at]! - 128) / 128;
  if (bitsPerSample === 16) return (at) => bytes.readInt16LE(at) / 2 ** 15;
  if (bitsPerSample === 24) return (at) => bytes.readIntLE(at, 3) / 2 ** 23;
  return (at) => bytes.readInt32LE(at) / 2 ** 31;
}
