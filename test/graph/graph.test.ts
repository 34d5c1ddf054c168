import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/graph.js';
import { GraphError } from '../../src/graph/graph-error.js';
import { experiment } from './experiment.js';

const dense = (more: object = {}) => ({ type: 'dense', units: 4, ...more });
const graphOf = (model: object[]) => buildGraph(experiment(model).model);

function failure(model: object[]): GraphError {
  try {
    graphOf(model);
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
  throw new Error('no GraphError');
}

describe('buildGraph', () => {
  it('lets each layer read the one above it, the first one the data', () => {
    const { nodes, output } = graphOf([dense(), { type: 'activation', function: 'relu' }, dense()]);
    expect(nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['dense_1', 'input'],
      ['activation_1', 'dense_1'],
      ['dense_2', 'activation_1'],
    ]);
    expect(output).toBe('dense_2');
  });

  it('takes one input as a word or a list', () => {
    const { nodes } = graphOf([dense({ name: 'a' }), dense({ name: 'b', inputs: 'a' }), dense({ inputs: ['b'] })]);
    expect(nodes.map(({ inputs }) => inputs)).toEqual([['input'], ['a'], ['b']]);
  });

  it('counts past names that are taken', () => {
    const { nodes } = graphOf([dense(), dense({ name: 'dense_2' }), dense(), dense({ name: 'head' })]);
    expect(nodes.map(({ name }) => name)).toEqual(['dense_1', 'dense_2', 'dense_3', 'head']);
  });

  it('orders layers after what they read, otherwise as the file does', () => {
    const { nodes, output } = graphOf([
      dense({ name: 'late', inputs: 'early' }),
      dense({ name: 'early', inputs: 'input' }),
      dense({ name: 'side', inputs: 'input' }),
      { type: 'add', inputs: ['late', 'side', 'early'] },
    ]);
    expect(nodes.map(({ name }) => name)).toEqual(['early', 'late', 'side', 'add_1']);
    expect(nodes.map(({ path }) => path)).toEqual([1, 0, 2, 3].map((position) => ['model', position]));
    expect(output).toBe('add_1');
  });

  it('lets two layers read one: a residual connection', () => {
    const { nodes } = graphOf([dense({ name: 'a' }), dense({ name: 'b' }), { type: 'add', inputs: ['a', 'b'] }, dense()]);
    expect(nodes.map(({ inputs }) => inputs.join())).toEqual(['input', 'a', 'a,b', 'add_1']);
  });

  it('lets a layer in the middle of the list be read by a later one only, the last one being the output', () => {
    expect(graphOf([dense({ name: 'a' }), dense({ inputs: 'a' })]).output).toBe('dense_1');
  });
});

describe('buildGraph refuses', () => {
  it('an input that is no layer, with the names there are', () => {
    const one = failure([dense({ name: 'first' }), dense({ inputs: 'frist' })]);
    expect(one).toMatchObject({ path: ['model', 1, 'inputs'], message: 'there is no layer named "frist"' });
    expect(one.hint).toContain('input, first, dense_1');
    const two = failure([dense({ name: 'first' }), { type: 'add', inputs: ['first', 'second'] }]);
    expect(two).toMatchObject({ path: ['model', 1, 'inputs', 1], message: 'there is no layer named "second"' });
  });

  it('two layers of one name, and the name of the data', () => {
    expect(failure([dense({ name: 'a' }), dense({ name: 'a' })])).toMatchObject({
      path: ['model', 1, 'name'],
      message: 'two layers are named "a"',
    });
    expect(failure([dense({ name: 'input' })])).toMatchObject({ path: ['model', 0, 'name'] });
  });

  it('layers that read each other in a circle, naming them', () => {
    const error = failure([
      dense({ name: 'a', inputs: 'c' }),
      dense({ name: 'b', inputs: 'a' }),
      dense({ name: 'c', inputs: 'b' }),
      dense({ name: 'out', inputs: 'c' }),
    ]);
    expect(error.message).toBe('layers read each other in a circle: a <- c <- b <- a');
    expect(error.path).toEqual(['model', 0]);
    expect(failure([dense({ name: 'self', inputs: 'self' })]).message).toContain('self <- self');
  });

  it('a circle behind a layer that only waits for it', () => {
    const error = failure([
      dense({ name: 'x', inputs: 'a' }),
      dense({ name: 'a', inputs: 'b' }),
      dense({ name: 'b', inputs: 'a' }),
    ]);
    expect(error.message).toBe('layers read each other in a circle: a <- b <- a');
    expect(error.path).toEqual(['model', 1]);
  });

  it('a layer that nothing reads', () => {
    const error = failure([dense({ name: 'a' }), dense({ name: 'lost' }), dense({ inputs: 'a' })]);
    expect(error).toMatchObject({ path: ['model', 1], message: 'nothing reads the output of layer "lost"' });
    expect(error.hint).toBeDefined();
  });

  it('a wrong number of inputs', () => {
    expect(failure([dense({ name: 'a' }), dense({ inputs: ['a', 'input'] })])).toMatchObject({
      path: ['model', 1, 'inputs'],
      message: 'dense reads one layer, not 2',
    });
    expect(failure([dense({ name: 'a' }), { type: 'add', inputs: ['a'] }]).message).toBe('add needs at least 2 inputs');
    expect(failure([dense(), { type: 'add' }]).path).toEqual(['model', 1]);
  });

  it('everything at once, without what only follows from it', () => {
    const { problems } = failure([
      dense({ name: 'a', inputs: 'b' }),
      dense({ name: 'b', inputs: 'a' }),
      dense({ name: 'c', inputs: 'lost' }),
      dense({ inputs: ['b', 'c'] }),
    ]);
    expect(problems.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'model.2.inputs: there is no layer named "lost"',
      'model.3.inputs: dense reads one layer, not 2',
      'model.0: layers read each other in a circle: a <- b <- a',
    ]);
    const twice = failure([dense({ name: 'input' }), dense({ name: 'a' }), dense({ name: 'a', inputs: 'a' })]);
    expect(twice.problems.map(({ path }) => path.join('.'))).toEqual(['model.0.name', 'model.2.name']);
    const unread = failure([dense({ name: 'a' }), dense({ inputs: 'input' }), dense({ inputs: 'input' })]);
    expect(unread.problems.map(({ path }) => path.join('.'))).toEqual(['model.0', 'model.1']);
  });
});
