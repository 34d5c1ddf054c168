import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerGraph } from '../../src/graph/graph.js';
import { buildGraph } from '../../src/graph/graph.js';
import { fitModel, trainingProgram } from '../../src/graph/programs.js';
import { printProgram } from '../../src/program/print.js';
import { dataOf, experiment } from './experiment.js';
import { graphFailure, problemsOf } from './graph-failure.js';

const dense = (more: object = {}) => ({ type: 'dense', units: 4, ...more });
const relu = { type: 'activation', function: 'relu' };
const graphOf = (model: object[]): LayerGraph => buildGraph(experiment(model).model);
const readsOf = ({ nodes }: LayerGraph): string[] => nodes.map(({ name, inputs }) => `${name} <- ${inputs.join(', ')}`);
const failure = (model: object[]) => graphFailure(() => graphOf(model));
const fit = (model: object[], inputShape: number[]) => fitModel(experiment(model), dataOf(inputShape, 4));

describe('containers', () => {
  it('sequential: the layers under its name, read by it', () => {
    const graph = graphOf([
      { type: 'sequential', layers: [dense(), relu, dense({ name: 'last' })] },
      { type: 'sequential', name: 'head', inputs: 'sequential_1', layers: [dense()] },
    ]);
    expect(readsOf(graph)).toEqual([
      'sequential_1.dense_1 <- input',
      'sequential_1.activation_1 <- sequential_1.dense_1',
      'sequential_1.last <- sequential_1.activation_1',
      'head.dense_1 <- sequential_1.last',
    ]);
    expect(graph.nodes.map(({ path }) => path.join('.'))).toEqual([
      'model.0.layers.0',
      'model.0.layers.1',
      'model.0.layers.2',
      'model.1.layers.0',
    ]);
    expect(graph.nodes.map(({ within }) => within.join())).toEqual(['sequential_1', 'sequential_1', 'sequential_1', 'head']);
    expect([...graph.containers]).toEqual([
      ['sequential_1', { type: 'sequential', inputs: ['input'], output: 'sequential_1.last' }],
      ['head', { type: 'sequential', inputs: ['sequential_1.last'], output: 'head.dense_1' }],
    ]);
    expect(graph.output).toBe('head.dense_1');
  });

  it('residual: its layers and its input, added', () => {
    expect(readsOf(graphOf([dense(), { type: 'residual', layers: [dense(), relu] }, dense()]))).toEqual([
      'dense_1 <- input',
      'residual_1.dense_1 <- dense_1',
      'residual_1.activation_1 <- residual_1.dense_1',
      'residual_1.add_1 <- residual_1.activation_1, dense_1',
      'dense_2 <- residual_1.add_1',
    ]);
  });

  it('residual: with layers on the way around and an activation', () => {
    const layers = [dense(), { type: 'add', inputs: ['input', 'dense_1'] }];
    const graph = graphOf([{ type: 'residual', layers, shortcut: [dense(), dense()], activation: 'relu' }]);
    expect(readsOf(graph)).toEqual([
      'residual_1.dense_1 <- input',
      'residual_1.add_1 <- input, residual_1.dense_1',
      'residual_1.shortcut.dense_1 <- input',
      'residual_1.shortcut.dense_2 <- residual_1.shortcut.dense_1',
      'residual_1.add_2 <- residual_1.add_1, residual_1.shortcut.dense_2',
      'residual_1.activation_1 <- residual_1.add_2',
    ]);
    expect(graph.nodes.map(({ path }) => path.join('.'))).toEqual([
      'model.0.layers.0',
      'model.0.layers.1',
      'model.0.shortcut.0',
      'model.0.shortcut.1',
      'model.0',
      'model.0',
    ]);
  });

  it('repeat: each time with layers of its own, reading the time before', () => {
    const model = fit([{ type: 'repeat', times: 3, layers: [dense(), relu] }], [4]);
    expect(readsOf(model.graph)).toEqual([
      'repeat_1.0.dense_1 <- input',
      'repeat_1.0.activation_1 <- repeat_1.0.dense_1',
      'repeat_1.1.dense_1 <- repeat_1.0.activation_1',
      'repeat_1.1.activation_1 <- repeat_1.1.dense_1',
      'repeat_1.2.dense_1 <- repeat_1.1.activation_1',
      'repeat_1.2.activation_1 <- repeat_1.2.dense_1',
    ]);
    expect(model.parameters.map(({ name }) => name)).toEqual(
      [0, 1, 2].flatMap((time) => ['kernel', 'bias'].map((name) => `repeat_1.${time}.dense_1/${name}`)),
    );
  });

  it('branches: lists side by side, merged', () => {
    const lists = [[], [dense(), relu], [{ type: 'residual', layers: [dense()] }]];
    const graph = graphOf([
      dense(),
      { type: 'branches', branches: lists },
      { type: 'branches', branches: lists, merge: 'maximum' },
    ]);
    expect(readsOf(graph).slice(0, 6)).toEqual([
      'dense_1 <- input',
      'branches_1.1.dense_1 <- dense_1',
      'branches_1.1.activation_1 <- branches_1.1.dense_1',
      'branches_1.2.residual_1.dense_1 <- dense_1',
      'branches_1.2.residual_1.add_1 <- branches_1.2.residual_1.dense_1, dense_1',
      'branches_1.concatenate_1 <- dense_1, branches_1.1.activation_1, branches_1.2.residual_1.add_1',
    ]);
    expect(graph.nodes.slice(1, 5).map(({ path }) => path.join('.'))).toEqual([
      'model.1.branches.1.0',
      'model.1.branches.1.1',
      'model.1.branches.2.0.layers.0',
      'model.1.branches.2.0',
    ]);
    expect(graph.output).toBe('branches_2.maximum_1');
  });

  it('branches: joined along the axis that is asked for', () => {
    const rows = { type: 'dense', units: 3 };
    const model = (axis: object) => [{ type: 'branches', branches: [[], [rows]], ...axis }, { type: 'flatten' }, dense()];
    expect(fit(model({}), [2, 3]).parameters.at(-2)!.shape).toEqual([12, 4]);
    expect(fit(model({ axis: 1 }), [2, 3]).parameters.at(-2)!.shape).toEqual([12, 4]);
    const error = graphFailure(() => fit(model({ axis: 1 }), [2, 4]));
    expect(problemsOf(error)).toEqual([
      'model.0: layer "branches_1": its branches give [batch, 2, 4] and [batch, 2, 3]: ' +
        'concatenate needs inputs alike along all axes but 1, not [2, 2, 4] and [2, 2, 3]',
    ]);
    expect(graphFailure(() => fit(model({ axis: 3 }), [2, 3])).message).toContain('axis: 3 is none of the axes 1 to 2');
    expect(() => fit(model({ axis: 0 }), [2, 3])).toThrow('must not be 0, which is the batch');
    expect(() => fit(model({ axis: 1, merge: 'add' }), [2, 3])).toThrow('is of merge: concatenate only');
    expect(fit(model({ axis: 2 }), [2, 4]).parameters.at(-2)!.shape).toEqual([14, 4]);
  });

  it('within containers, to any depth', () => {
    const nested = { type: 'repeat', times: 2, layers: [{ type: 'residual', name: 'block', layers: [dense()] }] };
    expect(readsOf(graphOf([{ type: 'sequential', name: 'a', layers: [nested] }]))).toEqual([
      'a.repeat_1.0.block.dense_1 <- input',
      'a.repeat_1.0.block.add_1 <- a.repeat_1.0.block.dense_1, input',
      'a.repeat_1.1.block.dense_1 <- a.repeat_1.0.block.add_1',
      'a.repeat_1.1.block.add_1 <- a.repeat_1.1.block.dense_1, a.repeat_1.0.block.add_1',
    ]);
  });

  it('are ordered and read by name like layers, and so are the layers in them', () => {
    const graph = graphOf([
      {
        type: 'sequential',
        name: 'late',
        inputs: 'early',
        layers: [
          dense({ name: 'x', inputs: 'y' }),
          dense({ name: 'y', inputs: 'input' }),
          { type: 'add', inputs: ['x', 'input'] },
        ],
      },
      dense({ name: 'early', inputs: 'input' }),
      { type: 'add', inputs: ['late', 'early'] },
    ]);
    expect(readsOf(graph)).toEqual([
      'early <- input',
      'late.y <- early',
      'late.x <- late.y',
      'late.add_1 <- late.x, early',
      'add_1 <- late.add_1, early',
    ]);
  });
});

describe('a container that is not trainable', () => {
  it('has no layer within it that is', () => {
    const inner = { type: 'residual', layers: [dense({ trainable: true })], shortcut: [dense()] };
    const model = fit([{ type: 'sequential', trainable: false, layers: [dense(), inner, { type: 'batch_norm' }] }, dense()], [4]);
    expect(model.trained.map(({ name }) => name)).toEqual(['dense_1/kernel', 'dense_1/bias']);
    expect(model.parameters.length).toBe(10);
  });
});

describe('what losses and metrics read', () => {
  const outputs = (output: string) => [{ type: 'cross_entropy', output }, { type: 'cross_entropy' }];
  const model = [
    {
      type: 'sequential',
      name: 'body',
      layers: [dense({ name: 'a' }), dense({ name: 'side', inputs: 'a' }), dense({ inputs: 'a' })],
    },
    { type: 'residual', name: 'heads', layers: [dense({ name: 'first' }), dense()] },
  ];

  it('may be a container, or a layer within one, which is then read', () => {
    const fitted = fitModel(experiment(model, { loss: outputs('body.side') }), dataOf([4], 4));
    expect(readsOf(fitted.graph)).toContain('body.side <- body.a');
    const lossesOf = (output: string) => {
      const text = printProgram(
        trainingProgram(fitModel(experiment(model.slice(1), { loss: outputs(output) }), dataOf([4], 4)), 2),
      );
      return text
        .replaceAll('heads.add_1', 'heads')
        .split('\n')
        .filter((line) => line.startsWith('output'));
    };
    expect(lossesOf('heads').length).toBeGreaterThan(1);
    expect(lossesOf('heads')).toEqual(lossesOf('heads.add_1'));
  });

  it('must be there, and what nothing reads is told still', () => {
    expect(problemsOf(graphFailure(() => fitModel(experiment(model, { loss: outputs('body') }), dataOf([4], 4))))).toEqual([
      'model.0.layers.1: nothing reads the output of layer "side"',
    ]);
    const missing = graphFailure(() => fitModel(experiment(model.slice(1), { loss: outputs('heads.last') }), dataOf([4], 4)));
    expect(problemsOf(missing)).toEqual(['loss.0.output: there is no layer named "heads.last"']);
  });
});

describe('names', () => {
  it('are those of a list: the same one may be in several', () => {
    const block = (more: object) => ({ type: 'sequential', layers: [dense({ name: 'a' }), dense({ inputs: 'a' })], ...more });
    expect(readsOf(graphOf([block({ name: 'a' }), block({ inputs: 'a' })]))).toEqual([
      'a.a <- input',
      'a.dense_1 <- a.a',
      'sequential_1.a <- a.dense_1',
      'sequential_1.dense_1 <- sequential_1.a',
    ]);
  });

  it('of another list are not seen, which is said', () => {
    const error = failure([
      dense({ name: 'outer' }),
      { type: 'sequential', name: 'block', layers: [dense({ name: 'inner', inputs: 'outer' })] },
      dense({ inputs: 'block.inner' }),
      { type: 'add', inputs: ['inner', 'dense_1'] },
    ]);
    expect(problemsOf(error)).toEqual([
      'model.2.inputs: there is no layer named "block.inner"',
      'model.3.inputs.0: there is no layer named "inner"',
      'model.1.layers.0.inputs: there is no layer named "outer"',
    ]);
    expect(error.problems.map(({ hint }) => hint)).toEqual([
      'what is within "block" is not seen from outside: read "block"',
      'layers: input, outer, block, dense_1, add_1',
      '"outer" is outside of this list, whose layers see each other and "input"',
    ]);
  });

  it('with dots must differ from those within containers', () => {
    const error = failure([dense({ name: 'a.b' }), { type: 'sequential', name: 'a', layers: [dense({ name: 'b' })] }]);
    expect(problemsOf(error)).toEqual(['model.1.layers.0.name: two layers are named "a.b"']);
  });
});

describe('what is wrong within containers', () => {
  const nested = (...layers: object[]) => [
    { type: 'sequential', layers: [{ type: 'residual', layers: [dense()], shortcut: layers }] },
  ];

  it('is told at its own place, all at once', () => {
    const error = failure(
      nested(dense({ name: 'a', inputs: 'b' }), dense({ name: 'b', inputs: 'a' }), dense({ inputs: ['lost', 'a'] }), {
        type: 'add',
      }),
    );
    const path = 'model.0.layers.0.shortcut';
    expect(problemsOf(error)).toEqual([
      `${path}.2.inputs.0: there is no layer named "lost"`,
      `${path}.2.inputs: dense reads one layer, not 2`,
      `${path}.3: add needs at least 2 inputs`,
      `${path}.0: layers read each other in a circle: a <- b <- a`,
    ]);
  });

  it('is told of names, of layers that nothing reads, and of containers that read too much', () => {
    expect(problemsOf(failure(nested(dense({ name: 'input' }), dense())))).toEqual([
      'model.0.layers.0.shortcut.0.name: "input" is the name of what a list of layers reads',
    ]);
    expect(problemsOf(failure(nested(dense({ name: 'a' }), dense({ inputs: 'input' }))))).toEqual([
      'model.0.layers.0.shortcut.0: nothing reads the output of layer "a"',
    ]);
    expect(problemsOf(failure([dense(), { type: 'sequential', inputs: ['dense_1', 'input'], layers: [dense()] }]))).toEqual([
      'model.1.inputs: sequential reads one layer, not 2',
    ]);
  });

  it('is told once of a list that is repeated', () => {
    const error = failure([{ type: 'repeat', times: 5, layers: [dense({ inputs: 'x' })] }]);
    expect(problemsOf(error)).toEqual(['model.0.layers.0.inputs: there is no layer named "x"']);
  });

  it('is told of more layers than can be', () => {
    const repeat = (times: number, ...layers: object[]) => ({ type: 'repeat', times, layers });
    const error = failure([repeat(1e9, repeat(1e9, dense()))]);
    expect(problemsOf(error)).toEqual(['model.0.layers.0.layers.0: the model has more than 10000 layers']);
  });

  it('is told of shapes at the layer they do not fit', () => {
    const error = graphFailure(() => fit([{ type: 'sequential', layers: [dense(), { type: 'max_pool2d' }] }], [4]));
    expect(problemsOf(error)[0]).toMatch(/^model.0.layers.1: layer "sequential_1.max_pool2d_1" \(max_pool2d\) cannot take/);
    expect(error.hint).toBe('it reads "sequential_1.dense_1" of shape [batch, 4]');
    const output = graphFailure(() => fit([{ type: 'sequential', layers: [dense({ units: 3 })] }], [4]));
    expect(problemsOf(output)).toEqual(["model.0.layers.0: the model's output is [batch, 3], but the data set has 4 classes"]);
  });
});

describe('a residual whose shapes differ', () => {
  const conv = (filters: number, strides: number | number[] = 1) => ({
    type: 'conv2d',
    filters,
    kernel_size: 3,
    strides,
    padding: 'same',
  });
  const residual = (layers: object[], inputShape: number[], more: object = {}) =>
    graphFailure(() => fit([{ type: 'residual', layers, ...more }], inputShape));

  it('tells both, and the convolution that helps', () => {
    const error = residual([conv(8, 2), conv(8)], [7, 9, 3]);
    expect(problemsOf(error)).toEqual([
      'model.0: layer "residual_1": its layers give [batch, 4, 5, 8], and its input is [batch, 7, 9, 3]: only equal shapes can be added',
    ]);
    expect(error.hint).toBe(
      'a 1 x 1 convolution as shortcut makes them equal: shortcut: [{type: conv2d, filters: 8, kernel_size: 1, strides: 2}]',
    );
    expect(residual([conv(8)], [6, 6, 3]).hint).toContain('[{type: conv2d, filters: 8, kernel_size: 1}]');
    expect(residual([conv(3, [1, 3])], [6, 9, 3]).hint).toContain('kernel_size: 1, strides: [1, 3]}]');
  });

  it.each([
    [
      [7, 9, 3],
      [conv(8, 2), conv(8)],
    ],
    [[6, 6, 3], [conv(8)]],
    [[6, 9, 3], [conv(3, [1, 3])]],
    [[3], [dense()]],
    [[5, 3], [dense()]],
  ])('is helped by the shortcut that is told: %j, %j', (inputShape, layers) => {
    const yaml = /shortcut: \[\{type: (.*)\}\]/.exec(residual(layers, inputShape).hint!)![1]!;
    const [type, ...options] = yaml.replaceAll(/\[(\d), (\d)\]/g, '[$1;$2]').split(', ');
    const values = options.map((option) => option.replace(';', ',').split(': ') as [string, string]);
    const shortcut = { type, ...Object.fromEntries(values.map(([key, value]) => [key, JSON.parse(value) as unknown])) };
    const rest = inputShape.length > 1 ? [{ type: 'flatten' }, dense()] : [];
    expect(fit([{ type: 'residual', layers, shortcut: [shortcut] }, ...rest], inputShape).graph.nodes.length).toBeGreaterThan(0);
  });

  it('tells what a shortcut should give, and what helps where no stride does', () => {
    const error = residual([conv(8, 2)], [6, 6, 3], { shortcut: [conv(8)] });
    expect(error.message).toContain('its layers give [batch, 3, 3, 8], and its shortcut gives [batch, 6, 6, 8]');
    expect(error.hint).toBe('let the shortcut give [batch, 3, 3, 8] too');
    const valid = { type: 'conv2d', filters: 3, kernel_size: 3 };
    expect(residual([valid], [6, 6, 3]).hint).toContain('padding: same in convolutions');
  });
});

/** A model of nested lists of layers that keep the shape [4]. */
const models = fc.letrec<{ layers: object[]; layer: object }>((tie) => ({
  layers: fc.array(tie('layer'), { minLength: 1, maxLength: 3 }),
  layer: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(dense({ activation: 'tanh' }), { type: 'dropout', rate: 0.5 }, dense({ name: 'own' })),
    fc.record({ type: fc.constant('sequential'), layers: tie('layers') }),
    fc.record({ type: fc.constant('repeat'), times: fc.integer({ min: 1, max: 2 }), layers: tie('layers') }),
    fc.record({ type: fc.constant('residual'), layers: tie('layers') }),
    fc.record({
      type: fc.constant('branches'),
      branches: fc.tuple(tie('layers'), fc.oneof(tie('layers'), fc.constant([]))),
      merge: fc.constantFrom('add', 'multiply', 'average', 'maximum'),
    }),
    fc.record({ type: fc.constant('residual'), layers: tie('layers'), shortcut: tie('layers'), activation: fc.constant('relu') }),
  ),
}));

type Nested = {
  type: string;
  branches?: Nested[][];
  merge?: string;
  name?: string;
  times?: number;
  layers?: Nested[];
  shortcut?: Nested[];
  activation?: string;
};

/** The same model as one list, every layer with its full name and what it reads. */
function flatten(model: readonly Nested[]): object[] {
  const flat: object[] = [];
  const put = (layer: object, name: string, inputs: string[]): string => {
    flat.push({ ...layer, name, inputs });
    return name;
  };
  const list = (layers: readonly Nested[], prefix: string, from: string): string => {
    const counts: Record<string, number> = {};
    let last = from;
    for (const { name, ...layer } of layers) {
      const own = prefix + (name ?? `${layer.type}_${(counts[layer.type] = (counts[layer.type] ?? 0) + 1)}`);
      const [input, inner] = [last, `${own}.`];
      if (layer.type === 'sequential') last = list(layer.layers!, inner, input);
      else if (layer.type === 'repeat') {
        for (let time = 0; time < layer.times!; time++) last = list(layer.layers!, `${inner}${time}.`, last);
      } else if (layer.type === 'residual') {
        const main = list(layer.layers!, inner, input);
        const around = layer.shortcut === undefined ? input : list(layer.shortcut, `${inner}shortcut.`, input);
        last = put({ type: 'add' }, `${inner}add_1`, [main, around]);
        if (layer.activation !== undefined)
          last = put({ type: 'activation', function: layer.activation }, `${inner}activation_1`, [last]);
      } else if (layer.type === 'branches') {
        const outputs = layer.branches!.map((branch, i) => list(branch, `${inner}${i}.`, input));
        last = put({ type: layer.merge }, `${inner}${layer.merge}_1`, outputs);
      } else last = put(layer, own, [input]);
    }
    return last;
  };
  list(model, '', 'input');
  return flat;
}

describe('a nested model', () => {
  // A name may be in a list once.
  const sound = (layers: readonly Nested[]): boolean =>
    layers.filter(({ name }) => name !== undefined).length < 2 &&
    layers.every(({ layers = [], shortcut = [], branches = [] }) => [layers, shortcut, ...branches].every(sound));

  it('has the program of the flat one', () => {
    const programOf = (model: object[]): string => {
      const fitted = fitModel(experiment(model, { optimizer: 'adam' }), dataOf([4], 4));
      return printProgram(trainingProgram(fitted, 2));
    };
    fc.assert(
      fc.property(models.layers as fc.Arbitrary<Nested[]>, (model) => {
        fc.pre(sound(model));
        expect(programOf(model)).toBe(programOf(flatten(model)));
      }),
      { numRuns: 60 },
    );
  });
});
