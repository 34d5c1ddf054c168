import { describe, expect, it } from 'vitest';
import { WavError, bytesOf, isSixteenBit, readSamples, readWavFormat } from '../../../src/data/sound/wav.js';
import { type Encoding, wavBytes } from './wav-files.js';

function read(bytes: Buffer, most = Infinity): { samples: number[]; sampleRate: number; isExact: boolean } {
  const source = bytesOf(bytes);
  const format = readWavFormat(source, bytes.length);
  const samples = [...readSamples(source, format, Math.min(format.frames, most))];
  return { samples, sampleRate: format.sampleRate, isExact: isSixteenBit(format) };
}

const someSamples = [0, 0.5, -0.25, 0.984375, -1, 0.0078125, -0.5];

describe('a WAV file', () => {
  const encodings: Encoding[] = ['u8', 's16', 's24', 's32', 'f32', 'f64'];
  for (const encoding of encodings) {
    it(`of ${encoding} is read as it was written`, () => {
      for (const extensible of [false, true]) {
        const { samples, sampleRate, isExact } = read(wavBytes(someSamples, { encoding, extensible, sampleRate: 22050 }));
        expect(samples).toEqual(someSamples);
        expect(sampleRate).toBe(22050);
        expect(isExact).toBe(encoding === 'u8' || encoding === 's16');
      }
    });
  }

  it('with the smallest and the largest numbers is within -1 … 1', () => {
    expect(read(wavBytes([-1, 1], { encoding: 'u8' })).samples).toEqual([-1, 127 / 128]);
    expect(read(wavBytes([-1, 1])).samples).toEqual([-1, 32767 / 32768]);
    expect(read(wavBytes([-1, 1], { encoding: 's24' })).samples).toEqual([-1, (2 ** 23 - 1) / 2 ** 23]);
  });

  it('of several channels becomes their mean', () => {
    const { samples, isExact } = read(wavBytes([0.5, 0.25, -1, 0.5, 0, 0.125], { channels: 2, encoding: 's24' }));
    expect(samples).toEqual([0.375, -0.25, 0.0625]);
    expect(isExact).toBe(false);
  });

  it('may have other chunks, of odd lengths, and be of a length that was not known', () => {
    expect(read(wavBytes(someSamples, { note: 'who' })).samples).toEqual(someSamples);
    expect(read(wavBytes(someSamples, { saidSize: 0xffffffff })).samples).toEqual(someSamples);
  });

  it('is read from its start, as far as is asked for', () => {
    expect(read(wavBytes(someSamples), 3).samples).toEqual([0, 0.5, -0.25]);
  });

  it('that is none, or cut off, or in another encoding, is refused', () => {
    const message = (bytes: Buffer): string => {
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(WavError);
        return (error as WavError).message;
      }
      throw new Error('expected a WavError');
    };
    expect(message(Buffer.from('ID3\x04 this is an MP3'))).toBe('is no WAV file: it begins with "ID3\\u0004"');
    expect(message(Buffer.alloc(0))).toBe('is empty');
    const whole = wavBytes(someSamples);
    expect(message(whole.subarray(0, whole.length - 3))).toBe('is cut off: of 14 bytes of samples there are 11');
    expect(message(whole.subarray(0, 20))).toBe('has a header that is cut off');
    expect(message(whole.subarray(0, 36))).toBe('has no samples: it ends before them');
    const swapped = Buffer.from(whole);
    swapped.write('data', 12, 'latin1');
    expect(message(swapped)).toBe('has samples before it says what they are');
    const law = Buffer.from(whole);
    law.writeUInt16LE(7, 20);
    expect(message(law)).toBe('holds µ-law, expected whole numbers or floats');
    const odd = Buffer.from(whole);
    odd.writeUInt16LE(12, 34);
    expect(message(odd)).toBe('has integers of 12 bits, expected 8, 16, 24, 32');
    const none = Buffer.from(whole);
    none.writeUInt16LE(0, 22);
    expect(message(none)).toBe('says that it has 0 channels at 8000 samples in a second');
    expect(message(wavBytes([0, NaN, 1], { encoding: 'f32' }))).toBe('has the sample NaN, at place 1');
  });
});
