import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ConfigError } from '../../src/spec/config-error.js';
import { printYaml } from '../../src/spec/print.js';
import { load, mnistCnn } from './config-files.js';

/** Loads, and lets nothing but a `ConfigError` with a place through. */
function loadOrExplain(text: string, overrides: string[] = []): void {
  try {
    load(text, overrides);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.exit).toBe('usage');
    expect(error.problems.length).toBeGreaterThan(0);
    for (const line of error.message.split('\n')) expect(line).toMatch(/x\.yaml|^--set | +\d+ \|( |$)| +\^+$|^… and/);
  }
}

const odd = fc.constantFrom(
  '',
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '\n',
  '\t',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '!x ',
  '|',
  '>',
  '%',
  '\0',
  '~',
  '.nan',
  '-0',
  '1e9',
);
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(NaN, Infinity, -1, 0, 0.5, 1e300, '', 'adam', null, { type: 'dense' }, { type: 'toString' }),
);

describe('loading', () => {
  it('explains whatever text is changed', () => {
    fc.assert(
      fc.property(fc.nat(mnistCnn.length), fc.nat(12), fc.oneof(odd, fc.string({ maxLength: 5 })), (at, length, inserted) =>
        loadOrExplain(mnistCnn.slice(0, at) + inserted + mnistCnn.slice(at + length)),
      ),
      { numRuns: 200 },
    );
  });

  it('explains whatever value is changed', () => {
    const places: (string | number)[][] = [];
    const visit = (node: unknown, path: (string | number)[]) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, child] of Object.entries(node)) {
        const place = [...path, Array.isArray(node) ? Number(key) : key];
        places.push(place);
        visit(child, place);
      }
    };
    visit(parse(mnistCnn), []);
    fc.assert(
      fc.property(fc.constantFrom(...places), value, fc.option(fc.string({ maxLength: 8 })), (place, replacement, renamed) => {
        const config = parse(mnistCnn) as Record<string | number, never>;
        const holder = place.slice(0, -1).reduce((node, key) => node[key]!, config) as Record<string | number, unknown>;
        const last = place.at(-1)!;
        if (renamed !== null && !Array.isArray(holder)) {
          holder[renamed] = holder[last];
          delete holder[last];
        } else {
          holder[last] = replacement;
        }
        loadOrExplain(stringify(config));
      }),
      { numRuns: 200 },
    );
  });

  it('explains whatever is set', () => {
    const key = fc.constantFrom(
      'model',
      '0',
      '5',
      'train',
      'units',
      'type',
      'optimizer',
      'beta_1',
      '__proto__',
      'x',
      '',
      'expect',
    );
    const text = fc.oneof(odd, fc.string({ maxLength: 6 }), fc.constantFrom('{type: sgd}', '[1, 2]', '3', 'relu'));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(key, { maxLength: 4 }), text), { maxLength: 3 }), (sets) =>
        loadOrExplain(
          mnistCnn,
          sets.map(([path, set]) => `${path.join('.')}=${set}`),
        ),
      ),
      { numRuns: 150 },
    );
  });
});

describe('printing', () => {
  it('reads back as the same data', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('1', 'true', 'null', '~', '- a', 'a: b', 'a #b', ' a', '.5', '0x1', 'a\nb'),
    );
    const leaf = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean());
    const { data } = fc.letrec((tie) => ({
      data: fc.dictionary(text, tie('node'), { maxKeys: 4, noNullPrototype: true }),
      node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('node'), { maxLength: 4 }), tie('data')),
    }));
    fc.assert(
      fc.property(data, (config) => {
        expect(parse(printYaml(config as object)) ?? {}).toEqual(config);
      }),
    );
  });

  it('gives a config that loads to the same experiment', () => {
    const positive = fc.integer({ min: 1, max: 1e6 });
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const optional = { requiredKeys: [] };
    const activation = fc.oneof(
      fc.constantFrom('relu', 'linear', 'leaky_relu'),
      fc.record({ type: fc.constant('leaky_relu'), negative_slope: fraction }),
    );
    const pair = fc.oneof(positive, fc.tuple(positive, positive));
    const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,7}[A-Za-z0-9_-])?$/);
    const layer = fc.oneof(
      fc.record(
        {
          type: fc.constant('dense'),
          units: positive,
          activation,
          name,
          inputs: fc.oneof(name, fc.array(name, { minLength: 1 })),
        },
        { requiredKeys: ['type', 'units'] },
      ),
      fc.record(
        {
          type: fc.constant('conv2d'),
          filters: positive,
          kernel_size: pair,
          strides: pair,
          padding: fc.constantFrom('same', 'valid', 2),
        },
        { requiredKeys: ['type', 'filters', 'kernel_size'] },
      ),
      fc.record({ type: fc.constant('dropout'), rate: fraction }),
    );
    const experiment = fc.record(
      {
        version: fc.constant(1),
        name,
        description: fc.string({ unit: 'binary' }),
        seed: fc.maxSafeNat(),
        data: fc.record(
          { dataset: fc.constant('mnist'), batch_size: positive, validation: fc.oneof(positive, fraction) },
          { requiredKeys: ['dataset'] },
        ),
        model: fc.array(layer, { minLength: 1, maxLength: 4 }),
        loss: fc.constantFrom('cross_entropy', { type: 'cross_entropy', label_smoothing: 0.1 }),
        optimizer: fc.oneof(fc.constantFrom('adam', 'sgd'), fc.record({ type: fc.constant('sgd'), momentum: fraction })),
        metrics: fc.constantFrom([], ['accuracy'], [{ type: 'accuracy' }]),
        train: fc.record({ epochs: positive, best: fc.constant('train_loss'), checkpoint_every_seconds: positive }, optional),
        expect: fc.constantFrom({}, { test_loss: { max: 1e-9 } }),
      },
      { requiredKeys: ['version', 'name', 'data', 'model', 'loss'] },
    );
    fc.assert(
      fc.property(experiment, (config) => {
        const first = load(JSON.stringify(config));
        const plain = first.toPlainYaml();
        const second = load(plain);
        expect(second.experiment).toEqual(first.experiment);
        expect(second.toPlainYaml()).toBe(plain);
      }),
      { numRuns: 100 },
    );
  });
});
