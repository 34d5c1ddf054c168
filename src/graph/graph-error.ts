/** One thing wrong with the model, at a path of the config such as `['model', 2, 'inputs']`. */
export interface GraphProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong with the model. `path`, `message` and `hint` are those of the first problem. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly problems: readonly GraphProblem[];
  readonly path: GraphProblem['path'];
  readonly hint: string | undefined;

  constructor(problems: readonly [GraphProblem, ...GraphProblem[]]) {
    const [{ path, message, hint }] = problems;
    super(message);
    this.problems = problems;
    this.path = path;
    this.hint = hint;
  }
}
