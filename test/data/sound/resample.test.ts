import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resample } from '../../../src/data/sound/resample.js';
import { tone } from './wav-files.js';

const { resampled } = JSON.parse(readFileSync(new URL('../../fixtures/torch/sound.json', import.meta.url), 'utf8')) as {
  resampled: { from: number; to: number; input: number[]; output: number[] }[];
};

describe('resampling', () => {
  for (const { from, to, input, output } of resampled) {
    it(`${from} to ${to} samples in a second is what torchaudio makes`, () => {
      const found = resample(Float32Array.from(input), from, to);
      expect(found.length).toBe(output.length);
      output.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(2e-6));
    });
  }

  it('keeps a tone that the new rate can hold, and takes one out that it cannot', () => {
    const middle = (values: Float32Array): number[] => [...values.subarray(200, values.length - 200)];
    const kept = middle(resample(Float32Array.from(tone(440, 16000, 16000)), 16000, 8000));
    const expected = tone(440, 8000, 8000).slice(200, -200);
    kept.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(5e-3));
    const gone = middle(resample(Float32Array.from(tone(6000, 16000, 16000)), 16000, 8000));
    expect(Math.max(...gone.map(Math.abs))).toBeLessThan(2e-3);
  });

  it('makes only the samples that are asked for', () => {
    const sound = Float32Array.from(tone(300, 1000, 11025));
    const all = resample(sound, 11025, 8000);
    expect(all.length).toBe(726);
    expect([...resample(sound, 11025, 8000, 100)]).toEqual([...all.subarray(0, 100)]);
    expect(resample(sound, 8000, 8000)).toEqual(sound);
  });
});
