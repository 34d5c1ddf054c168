import { GraphError } from '../../src/graph/graph-error.js';

/** The error that a model is refused with. */
export function graphFailure(build: () => unknown): GraphError {
  try {
    build();
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
  throw new Error('no GraphError');
}

/** `model.2.layers.0: what is wrong`, for every problem. */
export const problemsOf = ({ problems }: GraphError): string[] =>
  problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
