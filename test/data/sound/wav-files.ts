import { writeFileSync } from 'node:fs';

export type Encoding = 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64';

const widths: Record<Encoding, number> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 };

interface WavOptions {
  encoding?: Encoding;
  sampleRate?: number;
  channels?: number;
  /** With the header of WAVE_FORMAT_EXTENSIBLE. */
  extensible?: boolean;
  /** A chunk of text before the samples, of an odd length. */
  note?: string;
  /** What the header says in place of the number of bytes. */
  saidSize?: number;
}

const chunk = (name: string, content: Buffer, said = content.length): Buffer => {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32LE(said, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};

/** A WAV file of samples from -1 to 1, the channels of a time side by side. */
export function wavBytes(samples: readonly number[], options: WavOptions = {}): Buffer {
  const { encoding = 's16', sampleRate = 8000, channels = 1, extensible = false, note, saidSize } = options;
  const width = widths[encoding];
  const isFloat = encoding.startsWith('f');
  const data = Buffer.alloc(samples.length * width);
  samples.forEach((sample, i) => {
    const at = i * width;
    const clamp = (scale: number) => Math.max(-scale, Math.min(scale - 1, Math.round(sample * scale)));
    if (encoding === 'u8') data.writeUInt8(clamp(128) + 128, at);
    else if (encoding === 's16') data.writeInt16LE(clamp(2 ** 15), at);
    else if (encoding === 's24') data.writeIntLE(clamp(2 ** 23), at, 3);
    else if (encoding === 's32') data.writeInt32LE(clamp(2 ** 31), at);
    else if (encoding === 'f32') data.writeFloatLE(sample, at);
    else data.writeDoubleLE(sample, at);
  });
  const tag = isFloat ? 3 : 1;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE(sampleRate * channels * width, 8);
  format.writeUInt16LE(channels * width, 12);
  format.writeUInt16LE(width * 8, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(width * 8, 18);
    format.writeUInt16LE(tag, 24);
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(format, 26);
  }
  const chunks = [
    chunk('fmt ', format),
    ...(note === undefined ? [] : [chunk('LIST', Buffer.from(note))]),
    chunk('data', data, saidSize),
  ];
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return chunk('RIFF', body);
}

export function writeWav(path: string, samples: readonly number[], options: WavOptions = {}): void {
  writeFileSync(path, wavBytes(samples, options));
}

/** A tone of so many hertz. */
export const tone = (frequency: number, samples: number, sampleRate = 8000, loudness = 0.5): number[] =>
  Array.from({ length: samples }, (_, n) => loudness * Math.sin((2 * Math.PI * frequency * n) / sampleRate));
