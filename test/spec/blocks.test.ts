import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { experimentSchema } from '../../src/spec/experiment.js';
import { load, messageOf, messageOfFile, pathOf, summaryOf, write } from './config-files.js';
import { loadExperiment } from '../../src/spec/load.js';

/** A config with blocks (from line 4) and a model (from line 20, however long the blocks are). */
function config(blocks: string, model: string): string {
  const head = `version: 1\nname: x\nblocks:\n${blocks.replace(/^\n|\n *$/g, '')}\n`;
  const lines = head.split('\n').length;
  return `${head}${'\n'.repeat(Math.max(0, 19 - lines))}model:\n${model.replace(/^\n|\n *$/g, '')}\ndata: {dataset: mnist}\nloss: cross_entropy\n`;
}

const cell = `
  cell:
    parameters: {units: null, activation: relu}
    layers:
      - {type: dense, units: $units, activation: $activation}
      - {type: dropout, rate: 0.1}
`;
const use = (rest: string) => `  - {type: block, block: cell, with: {units: 3}${rest}}`;
const modelOf = (text: string, overrides: string[] = []) => load(text, overrides).experiment.model as unknown[];

describe('a block', () => {
  it('is put in as a sequential, with the values of its parameters, named after it', () => {
    const model = modelOf(
      config(
        cell,
        `${use('')}\n  - {type: block, block: cell, with: {units: 4, activation: {type: leaky_relu, negative_slope: 0.2}}}`,
      ),
    );
    expect(model).toMatchObject([
      {
        type: 'sequential',
        name: 'cell_1',
        layers: [
          { type: 'dense', units: 3, activation: { type: 'relu' } },
          { type: 'dropout', rate: 0.1 },
        ],
      },
      { type: 'sequential', name: 'cell_2', layers: [{ units: 4, activation: { type: 'leaky_relu', negative_slope: 0.2 } }, {}] },
    ]);
  });

  it('takes the keys of any layer, and a name that no other has', () => {
    const model = modelOf(
      config(
        cell,
        `${use(', name: cell_2')}\n${use('')}\n${use(', inputs: cell_2, trainable: false')}\n${use(', share_weights_with: cell_1')}`,
      ),
    );
    expect(model).toMatchObject([
      { name: 'cell_2' },
      { name: 'cell_1' },
      { name: 'cell_3', inputs: ['cell_2'], trainable: false },
      { name: 'cell_4', share_weights_with: 'cell_1' },
    ]);
  });

  it('stands in any list of layers, and within other blocks, which give their parameters on', () => {
    const blocks = `${cell}
  twice:
    parameters: {width: 5}
    layers:
      - {type: block, block: cell, with: {units: $width}}
      - type: residual
        layers: [{type: block, block: cell, with: {units: $width, activation: tanh}}]
`;
    const model = modelOf(config(blocks, '  - {type: repeat, times: 2, layers: [{type: block, block: twice}]}'));
    expect(model).toMatchObject([
      {
        type: 'repeat',
        layers: [
          {
            name: 'twice_1',
            layers: [
              { name: 'cell_1', layers: [{ units: 5, activation: { type: 'relu' } }, {}] },
              { type: 'residual', layers: [{ name: 'cell_1', layers: [{ units: 5, activation: { type: 'tanh' } }, {}] }] },
            ],
          },
        ],
      },
    ]);
  });

  it('has parameters of any kind: numbers, names, lists, layers and blocks', () => {
    const blocks = `${cell}
  frame:
    parameters: {size: [3, 2], head: null, rest: null, name: null, bias: true}
    layers:
      - {type: conv2d, filters: 2, kernel_size: $size, use_bias: $bias, name: $name}
      - $head
      - {type: sequential, layers: $rest}
`;
    const model = `
  - type: block
    block: frame
    with:
      name: first
      bias: false
      head: {type: block, block: cell, with: {units: 3}}
      rest: [{type: flatten}, {type: block, block: cell, with: {units: 7}}]
`;
    expect(modelOf(config(blocks, model))).toMatchObject([
      {
        layers: [
          { name: 'first', kernel_size: [3, 2], use_bias: false },
          { type: 'sequential', name: 'cell_1', layers: [{ units: 3 }, {}] },
          { layers: [{ type: 'flatten' }, { name: 'cell_1', layers: [{ units: 7 }, {}] }] },
        ],
      },
    ]);
  });

  it('may come from a file that is extended, which may have more of them', () => {
    write({ 'library.yaml': `blocks:\n${cell}  other: {layers: [{type: flatten}]}\n` });
    const text = config('  cell: {parameters: {units: 8}}', '  - {type: block, block: cell}').replace(
      'name: x',
      'name: x\nextends: library.yaml',
    );
    expect(modelOf(text)).toMatchObject([{ layers: [{ units: 8 }, {}] }]);
  });

  it('is changed by --set, in its definition and where it is used', () => {
    const text = config(cell, use(''));
    expect(modelOf(text, ['model.0.with.units=9'])).toMatchObject([{ layers: [{ units: 9 }, {}] }]);
    expect(modelOf(text, ['blocks.cell.layers.1.rate=0.5'])).toMatchObject([{ layers: [{}, { rate: 0.5 }] }]);
    expect(modelOf(text, ['blocks.cell.parameters.activation=tanh'])).toMatchObject([
      { layers: [{ activation: { type: 'tanh' } }, {}] },
    ]);
  });

  it('is gone from what is printed, where each value has its place', () => {
    const loaded = load(config(cell, use('')));
    const yaml = loaded.toYaml();
    expect(yaml).not.toMatch(/block|\$/);
    const placeOf = (line: string) =>
      yaml
        .split('\n')
        .find((one) => one.trimStart().startsWith(line))!
        .replace(/.*# .*x\.yaml:/, '');
    expect(['- type: sequential', 'name: cell_1', '- type: dense', 'units: 3', 'activation:', 'rate:'].map(placeOf)).toEqual([
      '20',
      '20',
      '7',
      '20',
      '5',
      '8',
    ]);
    expect(load(loaded.toPlainYaml()).experiment).toEqual(loaded.experiment);
  });
});

describe('what is wrong within a block', () => {
  const wrong = (layer: string, uses: string) =>
    config(`  cell:\n    parameters: {units: null}\n    layers:\n      - ${layer}`, uses);

  it('is told at its line there, with the line of the use', () => {
    expect(messageOf(wrong('{type: dense, unit: $units}', use('')))).toBe(
      [
        'x.yaml:7:23 model.0.layers.0: unknown key "unit" (block "cell", used in line 20); did you mean "units"?',
        '  7 |       - {type: dense, unit: $units}',
        '                            ^^^^',
      ].join('\n'),
    );
  });

  it('is told once for all uses', () => {
    expect(summaryOf(wrong('{type: dense, units: $units, activation: rleu}', `${use('')}\n${use('')}\n${use('')}`))).toEqual([
      'x.yaml:7:50 model.0.layers.0.activation: unknown name "rleu" (block "cell", used in line 20 and 2 other places); did you mean "relu"?',
    ]);
  });

  it('is told with all uses on the way', () => {
    const blocks = `
  outer: {layers: [{type: block, block: inner, with: {rate: 2}}]}
  inner:
    parameters: {rate: null}
    layers: [{type: dropout, rate: $rate}, {type: dens}]
`;
    expect(summaryOf(config(blocks, '  - {type: block, block: outer}'))).toEqual([
      'x.yaml:4:61 model.0.layers.0.layers.0.rate: must be below 1, found 2 (block "inner", used in line 4, of block "outer", used in line 20)',
      'x.yaml:7:51 model.0.layers.0.layers.1.type: unknown type "dens" (block "inner", used in line 4, of block "outer", used in line 20); did you mean "dense"?',
      '2 errors in x.yaml',
    ]);
  });

  it('is told at the value where a use gives a wrong one', () => {
    expect(messageOf(config(cell, '  - {type: block, block: cell, with: {units: many}}'))).toBe(
      [
        'x.yaml:20:46 model.0.layers.0.units: expected a whole number, found the string "many" (block "cell", used in line 20)',
        '  20 |   - {type: block, block: cell, with: {units: many}}',
        '                                                    ^^^^',
      ].join('\n'),
    );
  });

  it('names the file of the use where that is another', () => {
    write({ 'library.yaml': 'blocks:\n  cell: {layers: [{type: dense}]}\n' });
    write({
      'x.yaml':
        'version: 1\nname: x\nextends: library.yaml\ndata: {dataset: mnist}\nloss: cross_entropy\nmodel:\n  - {type: block, block: cell}\n',
    });
    expect(messageOfFile('x.yaml').split('\n')[0]).toBe(
      'library.yaml:2:19 model.0.layers.0: missing key "units": the number of outputs (block "cell", used in x.yaml:7)',
    );
  });

  it('is told by later errors about shapes too', () => {
    const loaded = load(config(cell, use('')));
    expect(loaded.error(['model', 0, 'layers', 1], 'does not fit').problems[0]!.message).toBe(
      'does not fit (block "cell", used in line 20)',
    );
    expect(loaded.error(['model', 0], 'does not fit').problems[0]!.message).toBe('does not fit');
  });
});

describe('a use of a block is refused', () => {
  it.each([
    ['{type: block, block: cel, with: {units: 3}}', 'model.0.block: there is no block named "cel"; did you mean "cell"?'],
    ['{type: block, block: resnet}', 'model.0.block: there is no block named "resnet"; blocks: cell'],
    [
      '{type: block, block: cell, with: {units: 3, activaton: tanh}}',
      'model.0: block "cell" has no parameter "activaton"; did you mean "activation"?',
    ],
    [
      '{type: block, block: cell, with: {units: 3, rate: 1}}',
      'model.0: block "cell" has no parameter "rate"; its parameters: units, activation',
    ],
    ['{type: block, block: cell}', 'model.0: block "cell" needs the parameter "units"; write with: {units: ...}'],
    [
      '{type: block, block: cell, with: {units: null}}',
      'model.0: block "cell" needs the parameter "units"; write with: {units: ...}',
    ],
    ['{type: block, block: cell, with: {unit: 3}}', 'model.0: block "cell" has no parameter "unit"; did you mean "units"?'],
    ['{type: block, with: {units: 3}}', 'model.0: missing key "block": which of `blocks`'],
    ['{type: block, block: cell, wiht: {units: 3}}', 'model.0: unknown key "wiht"; did you mean "with"?'],
    [
      '{type: block, block: cell, units: 3}',
      'model.0: unknown key "units"; valid keys: type, name, inputs, trainable, share_weights_with, block, with',
    ],
    ['{type: block, block: cell, with: [3]}', 'model.0.with: expected a map, found a list of 1'],
    ['{type: block, block: 3}', 'model.0.block: expected a string, found 3; put it in quotes'],
    ['{type: block, block: cell, with: {units: 3}, name: a/b}', 'model.0.name: must be letters'],
    ['{type: blok, block: cell}', 'model.0.type: unknown type "blok"; did you mean "block"?'],
    ['{type: cell}', 'model.0.type: unknown type "cell"; cell is a block: write {type: block, block: cell}'],
    [
      '{type: sequential, layers: [{type: block, block: cel}]}',
      'model.0.layers.0.block: there is no block named "cel"; did you mean "cell"?',
    ],
  ])('%s', (layer, message) => {
    const [first, ...others] = summaryOf(config(cell, `  - ${layer}\n${use('')}`));
    expect(first!.replace(/^x\.yaml:20:\d+ /, '').startsWith(message), first).toBe(true);
    expect(others).toEqual([]);
  });

  it('where there are no blocks', () => {
    const text = config('', use('')).replace('blocks:\n', '');
    expect(summaryOf(text)).toEqual([
      expect.stringContaining('there is no block named "cell"; define it under `blocks` at the top level'),
    ]);
  });

  it('within a block, with the use of that', () => {
    const blocks = `${cell}\n  outer: {layers: [{type: block, block: cell}]}`;
    expect(summaryOf(config(blocks, '  - {type: block, block: outer}'))[0]).toBe(
      'x.yaml:10:20 model.0.layers.0: block "cell" needs the parameter "units" (block "outer", used in line 20); write with: {units: ...}',
    );
  });

  it('in a value that another use gives', () => {
    const blocks = `${cell}\n  frame: {parameters: {rest: null}, layers: [{type: sequential, layers: $rest}]}`;
    const text = config(
      blocks,
      '  - {type: block, block: frame, with: {rest: [{type: block, block: cel}]}}\n  - {type: block, block: cell, with: {units: 1}}',
    );
    expect(summaryOf(text).map((line) => line.replace(/^\S+ \S+ /, ''))).toEqual([
      'there is no block named "cel"; did you mean "cell"?',
    ]);
  });
});

describe('blocks are refused', () => {
  const summary = (blocks: string, model = '  - {type: flatten}') => summaryOf(config(blocks, model));

  it.each([
    ['  cell: {layer: []}', 'blocks.cell: unknown key "layer"; did you mean "layers"?'],
    ['  cell: {}', 'blocks.cell: missing key "layers": the layers, as those of a `sequential`'],
    ['  cell: {layers: []}', 'blocks.cell.layers: expected at least 1 item, found an empty list'],
    ['  cell: {layers: {type: flatten}}', 'blocks.cell.layers: expected a list, found a map; put "- " before each item'],
    ['  cell: [{type: flatten}]', 'blocks.cell: expected a map, found a list of 1'],
    ['  cell: {parameters: [a], layers: [{type: flatten}]}', 'blocks.cell.parameters: expected a map, found a list of 1'],
    [
      '  a/b: {layers: [{type: flatten}]}',
      'blocks: a block is named with letters, digits, "-" and "_", starting with a letter, not "a/b"',
    ],
    [
      '  cell: {parameters: {a-b: 1}, layers: [{type: flatten}]}',
      'blocks.cell.parameters: a parameter is named with letters, digits and "_", not starting with a digit, not "a-b"',
    ],
  ])('%s', (blocks, message) => {
    const lines = summary(blocks, '  - {type: block, block: cell}');
    expect(lines[0]!.replace(/^x\.yaml:4:\d+ /, '').startsWith(message), lines[0]).toBe(true);
  });

  it('that are no map', () => {
    expect(summary('  - {type: flatten}')).toEqual(['x.yaml:3:1 blocks: expected a map, found a list of 1']);
  });

  it('that nothing uses', () => {
    expect(summary('  cell: {layers: [{type: flatten}]}')).toEqual([
      'x.yaml:4:3 blocks: nothing uses the block "cell"; use it in the model: {type: block, block: cell}, or remove it',
    ]);
    const both = '  a: {layers: [{type: block, block: b}]}\n  b: {layers: [{type: flatten}]}';
    expect(summary(both).map((line) => line.replace(/;.*/, ''))).toEqual([
      'x.yaml:4:3 blocks: nothing uses the block "a"',
      'x.yaml:5:3 blocks: nothing uses the block "b"',
      '2 errors in x.yaml',
    ]);
    expect(summary(both, '  - {type: block, block: a}\n  - {type: dens}')).toHaveLength(1);
  });

  it('that use each other in a circle, however they do', () => {
    const circle =
      '  a: {layers: [{type: block, block: b}]}\n  b: {layers: [{type: sequential, layers: [{type: block, block: a}]}]}';
    expect(summary(circle, '  - {type: block, block: a}')).toEqual([
      'x.yaml:5:65 blocks.b: blocks use each other in a circle: a -> b -> a',
    ]);
    const self = '  a: {parameters: {rest: [{type: block, block: a}]}, layers: [{type: sequential, layers: $rest}]}';
    expect(summary(self, '  - {type: block, block: a}')).toEqual([
      'x.yaml:4:48 blocks.a: blocks use each other in a circle: a -> a',
    ]);
  });

  it('with parameters that are not theirs, or not used, or not alone', () => {
    const block = (parameters: string, layer: string) =>
      summary(`  cell: {parameters: {${parameters}}, layers: [${layer}]}`, '  - {type: block, block: cell}');
    expect(block('units: 3', '{type: dense, units: $unit}')).toEqual([
      'x.yaml:4:64 blocks.cell.layers.0.units: block "cell" has no parameter "unit"; did you mean "units"?',
    ]);
    expect(block('units: 3, width: 4', '{type: dense, units: $units}')).toEqual([
      'x.yaml:4:33 blocks.cell.parameters.width: block "cell" does not use its parameter "width"; write $width where its value belongs, or remove it',
    ]);
    expect(block('units: 3', '{type: dense, units: $units, name: $units * 2}')).toEqual([
      'x.yaml:4:78 blocks.cell.layers.0.name: "$units * 2" is no parameter; a parameter stands for a whole value: $name, and nothing else',
    ]);
    expect(block('units: 3, twice: $units', '{type: dense, units: $units, name: $twice}')[0]).toContain(
      'blocks.cell.parameters.twice: the default of "twice" cannot have a parameter in it',
    );
    expect(block('kind: cell', '{type: block, block: $kind}')[0]).toContain(
      'which block it is cannot be a parameter; name the block',
    );
  });

  it('that stand for more than can be', () => {
    const names = Array.from({ length: 30 }, (_, i) => `b${i}`);
    const blocks = names.map(
      (name, i) =>
        `  ${name}: {layers: [${i === 0 ? '{type: flatten}' : `{type: block, block: b${i - 1}}, {type: block, block: b${i - 1}}`}]}`,
    );
    const depth = names.slice(0, 16);
    const wide = summary(blocks.slice(0, 16).join('\n'), `  - {type: block, block: ${depth.at(-1)}}`);
    expect(wide[0]).toMatch('blocks stand for more than 100000 values');
    expect(wide).toHaveLength(1);
    const deep = summary(
      blocks
        .map((line) => line.replace(/, \{type: block.*?\}/, ''))
        .join('\n')
        .replaceAll(/\[\{type: block, block: (b\d+)\}\]/g, '[{type: sequential, layers: [{type: block, block: $1}]}]'),
      '  - {type: block, block: b29}',
    );
    expect(deep[0]).toMatch('is nested more than 64 deep');
  });
});

describe('a model with blocks', () => {
  it('is the one that is written out', () => {
    const values = fc.record({ units: fc.integer({ min: 1, max: 9 }), activation: fc.constantFrom('relu', 'tanh') });
    fc.assert(
      fc.property(fc.array(fc.record({ values, nested: fc.boolean() }), { minLength: 1, maxLength: 4 }), (uses) => {
        const counts = { n: 0 };
        const written = uses.map(({ values: { units, activation }, nested }) => {
          const layers = [
            { type: 'dense', units, activation },
            { type: 'dropout', rate: 0.1 },
          ];
          const name = nested ? 'cell_1' : `cell_${++counts.n}`;
          const block = { type: 'sequential', name, layers };
          return nested ? { type: 'residual', layers: [block] } : block;
        });
        const used = uses.map(({ values, nested }) => {
          const block = { type: 'block', block: 'cell', with: values };
          return nested ? { type: 'residual', layers: [block] } : block;
        });
        const plain = parse(config(cell, use(''))) as object;
        const expected = experimentSchema.shape.model.parse(written);
        expect(modelOf(JSON.stringify({ ...plain, model: used }))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the places of all problems, whatever is changed', () => {
    const text = config(cell, `${use('')}\n  - {type: sequential, layers: [{type: block, block: cell, with: {units: 4}}]}`);
    const odd = fc.constantFrom('', '{', '[', ': ', '- ', '\n', '$', '$units', 'block', 'null', '"', '&a ', '*a');
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(12), odd, (at, length, inserted) => {
        write({ 'x.yaml': text.slice(0, at) + inserted + text.slice(at + length) });
        try {
          loadExperiment(pathOf('x.yaml'));
        } catch (error) {
          expect((error as Error).name).toBe('ConfigError');
        }
      }),
      { numRuns: 200 },
    );
  });
});
