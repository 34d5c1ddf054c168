import { describe, expect, it } from 'vitest';
import { isMixing } from '../../src/catalog/augmentation.js';
import { augmentations } from '../../src/catalog/augmentations/index.js';
import type { Field } from '../../src/data/field.js';
import { UserError } from '../../src/errors.js';
import { RandomStream, streamKey } from '../../src/random.js';
import { size } from '../../src/shape.js';

const grey: Field = { kind: 'number', shape: [9, 8, 1] };
const colour: Field = { kind: 'number', shape: [8, 9, 3] };
const mask: Field = { kind: 'class', shape: [9, 8], classes: 5 };
const spectrogram: Field = { kind: 'number', shape: [9, 8] };
const sound: Field = { kind: 'number', shape: [40] };
const text: Field = { kind: 'class', shape: [30], classes: 50 };

const pictures = [grey, colour];
const moved = [...pictures, mask];

/** Of every augmentation: options, fields that it can change, and what it has from files. */
const examples: Readonly<Record<string, { options?: object; fields: readonly Field[]; loaded?: unknown }>> = {
  random_flip: { options: { mode: 'both' }, fields: moved },
  random_rotation: { options: { degrees: 180, fill: 'nearest' }, fields: moved },
  random_shift: { options: { height: 0.5, width: 1 }, fields: moved },
  random_zoom: { options: { scale: [0.2, 3] }, fields: moved },
  random_shear: { options: { x: 60, y: 40 }, fields: moved },
  random_affine: { options: { degrees: 90, translate: [0.3, 0.4], scale: [0.3, 2], shear: [40, 40], fill: 1 }, fields: moved },
  random_crop: { options: { padding: [3, 5], mode: 'reflect' }, fields: moved },
  random_resized_crop: { fields: moved },
  elastic: { options: { fill: 'nearest' }, fields: moved },
  color_jitter: { options: { brightness: 3, contrast: 3, saturation: 3, hue: 0.5 }, fields: [colour] },
  random_invert: { fields: pictures },
  random_greyscale: { fields: [colour] },
  gaussian_noise: { fields: [grey, colour, sound, spectrogram] },
  gaussian_blur: { fields: pictures },
  cutout: { options: { size: 5, holes: 2 }, fields: pictures },
  random_erasing: { options: { value: 'random' }, fields: pictures },
  time_mask: { options: { length: 4, masks: 2 }, fields: [spectrogram, grey] },
  frequency_mask: { options: { length: 8, fill: 'mean' }, fields: [spectrogram, grey] },
  time_shift: { options: { part: 1, mode: 'wrap' }, fields: [sound, { kind: 'number', shape: [20, 2] }] },
  add_noise: { fields: [sound, { kind: 'number', shape: [20, 2] }] },
  background_noise: {
    options: { path: 'noise.wav' },
    fields: [sound, { kind: 'number', shape: [20, 2] }],
    // One shorter than a record, and one longer.
    loaded: { samples: Float32Array.from({ length: 90 }, (_, i) => Math.sin(i * i)), starts: [0, 15, 90] },
  },
  token_dropout: { options: { rate: 0.5 }, fields: [text] },
};

/** What may leave the range of the values. */
const unbounded = new Set(['gaussian_noise', 'add_noise', 'background_noise']);

const changeOf = (type: string, options: object, field: Field) => {
  const definition = augmentations.get(type);
  if (isMixing(definition)) throw new Error(`${type} changes pairs of records`);
  return definition.create(definition.options.parse(options), field, examples[type]!.loaded);
};

/** A record of numbers of 0 to 1, or of classes. */
const recordOf = (field: Field, seed: number): Float32Array => {
  const random = new RandomStream(streamKey(seed, 'record'));
  return Float32Array.from({ length: size(field.shape) }, () =>
    field.kind === 'class' ? random.below(field.classes) : random.uniform(),
  );
};

const cases = Object.entries(examples).flatMap(([type, { options = {}, fields }]) =>
  fields.map((field) => [`${type} of ${field.kind} [${field.shape.join(', ')}]`, type, options, field] as const),
);

it('every augmentation of single records has an example', () => {
  const single = augmentations.definitions.filter((definition) => !isMixing(definition));
  expect(Object.keys(examples).sort()).toEqual(single.map(({ type }) => type).sort());
});

describe.each(cases)('%s', (_, type, options, field) => {
  it('gives the same bits for the same random numbers, whatever came before, and others for others', () => {
    const [one, other] = [changeOf(type, options, field), changeOf(type, options, field)];
    const results = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const [first, second] = [recordOf(field, 1), recordOf(field, 1)];
      one(recordOf(field, seed), new RandomStream(99 + seed));
      one(first, new RandomStream(streamKey(seed, 'change')));
      other(second, new RandomStream(streamKey(seed, 'change')));
      expect(first).toEqual(second);
      results.add(first.join());
    }
    expect(results.size).toBeGreaterThan(['random_greyscale', 'random_invert'].includes(type) ? 0 : 2);
  });

  it('writes nothing but its record, and keeps values in their range', () => {
    const change = changeOf(type, options, field);
    const length = size(field.shape);
    for (let seed = 0; seed < 40; seed++) {
      const record = recordOf(field, seed);
      const among = new Float32Array(3 * length).fill(-7);
      among.set(record, length);
      change(among.subarray(length, 2 * length), new RandomStream(streamKey(seed, 'change')));
      expect(among.subarray(0, length).every((value) => value === -7)).toBe(true);
      expect(among.subarray(2 * length).every((value) => value === -7)).toBe(true);
      const after = among.subarray(length, 2 * length);
      if (field.kind === 'class')
        expect(after.every((value) => Number.isInteger(value) && value >= 0 && value < field.classes)).toBe(true);
      else if (unbounded.has(type)) expect(after.every(Number.isFinite)).toBe(true);
      else expect(after.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });
});

describe('a record stays as it is', () => {
  it.each<[string, object, Field]>([
    ['random_shift', { height: 0, width: 0 }, grey],
    ['random_zoom', { scale: [1, 1] }, colour],
    ['random_shear', { x: 0, y: 0 }, colour],
    ['random_affine', { translate: [1e-12, 0], fill: 'nearest' }, mask],
    ['random_resized_crop', { scale: [1, 1], ratio: [9 / 8, 9 / 8] }, colour],
    ['gaussian_blur', { sigma: [1e-3, 1e-3] }, colour],
    ['elastic', { alpha: 1e-12 }, mask],
  ])('with %s %j', (type, options, field) => {
    const change = changeOf(type, options, field);
    for (let seed = 0; seed < 5; seed++) {
      const record = recordOf(field, seed);
      change(record, new RandomStream(seed));
      expect(record).toEqual(recordOf(field, seed));
    }
  });
});

describe('what is drawn', () => {
  const times = 4000;
  /** How a record that is drawn from anew each time comes out. */
  const outcomes = <Outcome>(
    type: string,
    options: object,
    field: Field,
    record: Float32Array,
    outcome: (after: Float32Array) => Outcome,
  ) => {
    const change = changeOf(type, options, field);
    return Array.from({ length: times }, (_, i) => {
      const after = record.slice();
      change(after, new RandomStream(streamKey(5, 'augment/0', 0, i)));
      return outcome(after);
    });
  };
  const shares = (found: readonly (string | number)[]) => {
    const counts = new Map<string | number, number>();
    for (const one of found) counts.set(one, (counts.get(one) ?? 0) + 1 / found.length);
    return counts;
  };
  /** Five standard deviations of a share. */
  const near = (share: number) => 5 * Math.sqrt((share * (1 - share)) / times);

  it('by random_flip is each of the four ways as often', () => {
    const field: Field = { kind: 'number', shape: [2, 2, 1] };
    const found = shares(
      outcomes('random_flip', { mode: 'both' }, field, Float32Array.of(1, 2, 3, 4), (after) => after.join('')),
    );
    expect([...found.keys()].sort()).toEqual(['1234', '2143', '3412', '4321']);
    for (const share of found.values()) expect(Math.abs(share - 0.25)).toBeLessThan(near(0.25));
  });

  it('by random_crop is each move as often', () => {
    const field: Field = { kind: 'number', shape: [1, 5, 1] };
    const record = Float32Array.of(0, 0, 1, 0, 0);
    const found = shares(outcomes('random_crop', { padding: [0, 2] }, field, record, (after) => after.indexOf(1)));
    expect([...found.keys()].sort()).toEqual([0, 1, 2, 3, 4]);
    for (const share of found.values()) expect(Math.abs(share - 0.2)).toBeLessThan(near(0.2));
  });

  it('by time_mask is each length as often', () => {
    const field: Field = { kind: 'number', shape: [6, 2] };
    const hidden = (after: Float32Array): number => after.filter((value) => value === 0).length / 2;
    const found = shares(outcomes('time_mask', { length: 3 }, field, new Float32Array(12).fill(1), hidden));
    expect([...found.keys()].sort()).toEqual([0, 1, 2, 3]);
    for (const share of found.values()) expect(Math.abs(share - 0.25)).toBeLessThan(near(0.25));
  });

  it('by token_dropout is each word by itself, and padding never', () => {
    const record = Float32Array.from({ length: 30 }, (_, i) => (i < 20 ? 7 : 0));
    const found = outcomes('token_dropout', { rate: 0.3 }, text, record, (after) => {
      expect(after.subarray(20).every((value) => value === 0)).toBe(true);
      return after.filter((value) => value === 1).length;
    });
    const mean = found.reduce((sum, count) => sum + count, 0) / times;
    const variance = found.reduce((sum, count) => sum + (count - mean) ** 2, 0) / times;
    expect(mean).toBeCloseTo(6, 0);
    expect(Math.abs(variance - 20 * 0.3 * 0.7)).toBeLessThan(0.5);
  });

  it.each([
    ['characters', ['\uFFFD', '\n', 'a'], 'none', 0],
    ['words', ['', '\uFFFD', 'one'], 0, 1],
    ['pairs of bytes', ['', '\0', '\u0001'], 0, 1],
  ] as const)('by token_dropout puts in what stands for nothing: %s', (_, labels, padding, expected) => {
    const field: Field = { kind: 'class', shape: [30], classes: 3, labels };
    const record = new Float32Array(30).fill(2);
    changeOf('token_dropout', { rate: 0.5, padding }, field)(record, new RandomStream(5));
    expect(new Set(record)).toEqual(new Set([expected, 2]));
  });

  it('by add_noise has the ratio that is asked for', () => {
    const field: Field = { kind: 'number', shape: [20000] };
    const record = Float32Array.from({ length: 20000 }, (_, i) => Math.sin(i / 7));
    const after = record.slice();
    changeOf('add_noise', { snr: [12, 12] }, field)(after, new RandomStream(3));
    const power = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
    const noise = after.map((value, i) => value - record[i]!);
    expect(10 * Math.log10(power(record) / power(noise))).toBeCloseTo(12, 0);
  });

  it('by random_erasing has an area in bounds', () => {
    const field: Field = { kind: 'number', shape: [40, 30, 1] };
    const options = { scale: [0.1, 0.2], ratio: [0.5, 2] };
    const found = outcomes(
      'random_erasing',
      options,
      field,
      new Float32Array(1200).fill(1),
      (after) => after.filter((value) => value === 0).length / 1200,
    );
    expect(Math.min(...found)).toBeGreaterThan(0.09);
    expect(Math.max(...found)).toBeLessThan(0.215);
    expect(found.reduce((sum, area) => sum + area, 0) / times).toBeCloseTo(0.15, 2);
  });
});

describe('what does not fit is refused', () => {
  it.each<[string, object, Field, string]>([
    ['random_rotation', {}, sound, 'random_rotation changes pictures [height, width, channels], but records are [40]'],
    ['cutout', { size: 9 }, grey, 'a square of 9 pixels can cover the whole of a picture of 9 × 8'],
    ['random_crop', { padding: 10 }, grey, 'padding of 10 and 10 pixels can leave nothing of a picture of 9 × 8'],
    [
      'random_crop',
      { padding: 8, mode: 'reflect' },
      grey,
      'a picture of 9 × 8 cannot be mirrored over 8 and 8 pixels of padding',
    ],
    ['random_crop', { fill: 0.5 }, mask, 'random_crop fills with 0.5, but the classes of a mask are 0 to 4'],
    ['random_rotation', { fill: 5 }, mask, 'random_rotation fills with 5, but the classes of a mask are 0 to 4'],
    ['gaussian_blur', { kernel_size: 17 }, grey, 'a kernel of 17 pixels is too large for pictures of 9 × 8'],
    ['color_jitter', { saturation: 0.1 }, grey, 'saturation needs pictures with red, green and blue, but these have 1 channel'],
    [
      'color_jitter',
      { hue: 0.1 },
      { kind: 'number', shape: [4, 4, 4] },
      'hue needs pictures with red, green and blue, but these have 4 channels',
    ],
    ['random_greyscale', {}, grey, 'random_greyscale needs pictures with red, green and blue, but these have 1 channel'],
    ['time_mask', { length: 10 }, spectrogram, 'time_mask would hide up to 10 of 9 frames'],
    ['frequency_mask', { length: 9 }, spectrogram, 'frequency_mask would hide up to 9 of 8 bands'],
    [
      'time_mask',
      { length: 2 },
      colour,
      'time_mask changes spectrograms [frames, bands] or [frames, bands, 1], but records are [8, 9, 3]',
    ],
    ['time_shift', {}, grey, 'time_shift changes sounds [samples] or [samples, channels], but records are [9, 8, 1]'],
    [
      'add_noise',
      {},
      { kind: 'number', shape: [] },
      'add_noise changes sounds [samples] or [samples, channels], but records are []',
    ],
    [
      'background_noise',
      { path: 'noise.wav' },
      grey,
      'background_noise changes sounds [samples] or [samples, channels], but records are [9, 8, 1]',
    ],
    ['token_dropout', { index: 50 }, text, 'token_dropout puts 50 in the place of words, but the vocabulary has 50: 0 to 49'],
    ['token_dropout', {}, { kind: 'class', shape: [], classes: 3 }, 'token_dropout changes texts [length], but records are []'],
  ])('%s %j', (type, options, field, message) => {
    let found: unknown;
    try {
      changeOf(type, options, field);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(UserError);
    expect((found as UserError).message).toBe(message);
    expect((found as UserError).hint).not.toMatch(/undefined|NaN/);
  });
});
