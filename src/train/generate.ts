import type { Session } from '../backends/backend.js';
import type { Field } from '../data/field.js';
import { end, padding, start, unknown } from '../data/text.js';
import { openTokenizer } from '../data/tokenizers/index.js';
import type { Tokenizer } from '../data/tokenizers/tokenizer.js';
import { UserError } from '../errors.js';
import { type Model, names } from '../graph/programs.js';
import { randomUniform, streamKey } from '../random.js';

/** How the next token is chosen. */
export interface Sampling {
  /** What the logits are divided by: below 1 likely characters become likelier; 0 always takes the likeliest. */
  readonly temperature: number;
  /** Only this many of the likeliest are drawn from. */
  readonly topK?: number | undefined;
  /** Only the likeliest that together have this probability are drawn from (Holtzman et al., 2020). */
  readonly topP?: number | undefined;
}

/**
 * Draws an index by its logit.
 * @param uniform a number of [0, 1) that decides
 */
export function sample(logits: ArrayLike<number>, { temperature, topK, topP }: Sampling, uniform: number): number {
  const order = Array.from(logits, (_, i) => i).sort((a, b) => logits[b]! - logits[a]! || a - b);
  if (temperature === 0) return order[0]!;
  const largest = logits[order[0]!]!;
  const powers = order.slice(0, topK).map((i) => Math.exp((logits[i]! - largest) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  let kept = 0;
  let mass = 0;
  while (kept < powers.length && (kept === 0 || mass < (topP ?? 1) * total)) mass += powers[kept++]!;
  let left = uniform * mass;
  for (let i = 0; i < kept; i++) {
    left -= powers[i]!;
    if (left < 0) return order[i]!;
  }
  return order[kept - 1]!;
}

/** A field whose every element is a token. */
interface Tokens {
  readonly name: string;
  readonly length: number;
  readonly tokenizer: Tokenizer;
}

/** What a model makes text of: it goes on with a text, or answers one text with another. */
export type TextTask =
  | { readonly kind: 'continue'; readonly input: Tokens }
  | { readonly kind: 'answer'; readonly source: Tokens; readonly decoder: Tokens };

/** The names of the inputs of a model that answers: what is read, and its answer up to the place being told. */
const [sourceName, decoderName] = ['source', 'decoder_input'];

/**
 * How a model writes text.
 * @throws UserError if its data set holds no text
 */
export function textTaskOf({ info }: Model): TextTask {
  const tokensOf = (name: string, field: Field | undefined): Tokens => {
    if (field?.kind !== 'class' || field.labels === undefined || field.shape.length !== 1) {
      throw new UserError(`this model does not write text: its ${name} is no sequence of characters or words`, {
        hint: 'nn generate takes a run of a model that was trained on a data set of type text or dates',
        exit: 'usage',
      });
    }
    const fitted = field.tokenizer ?? { type: 'character', vocabulary: field.labels };
    return { name, length: field.shape[0]!, tokenizer: openTokenizer(fitted) };
  };
  const { inputs, targets } = info;
  if (inputs[sourceName] !== undefined && inputs[decoderName] !== undefined) {
    return {
      kind: 'answer',
      source: tokensOf(sourceName, inputs[sourceName]),
      decoder: tokensOf(decoderName, inputs[decoderName]),
    };
  }
  const [name = 'input'] = Object.keys(inputs);
  tokensOf('target', Object.values(targets)[0]);
  return { kind: 'continue', input: tokensOf(name, inputs[name]) };
}

function encode(text: string, { tokenizer, name }: Tokens): number[] {
  const { labels } = tokenizer;
  const tokens = tokenizer.encode(text);
  // What has no place becomes padding, and only characters may have none: where padding comes first, and nothing stands for the unknown.
  const lost = labels[0] === unknown ? -1 : tokens.indexOf(0);
  if (lost < 0) return tokens;
  throw new UserError(`${JSON.stringify([...text][lost])} is no character that the model's ${name} knows`, {
    hint: `it knows ${labels.filter((label) => label > ' ').join('')}`,
    exit: 'usage',
  });
}

export interface TextRequest {
  readonly prompt: string;
  /** At most so many tokens: characters, words or parts of them. */
  readonly length: number;
  readonly sampling: Sampling;
  readonly seed: number;
}

/** Which program of the session the text comes from: `predictionProgram` of one record. */
export const generationProgram = 'predict';

/** Yields a text piece by piece: what follows the prompt, or the answer to it. */
export async function* generateText(session: Session, model: Model, request: TextRequest): AsyncGenerator<string> {
  const { prompt, length, sampling, seed } = request;
  const task = textTaskOf(model);
  const executable = session.executable(generationProgram);
  const key = streamKey(seed, 'generate');
  const written = task.kind === 'continue' ? task.input : task.decoder;
  const { labels } = written.tokenizer;
  const decoder = written.tokenizer.decoder(task.kind === 'continue' ? prompt : '');
  const fixed = new Map<string, Float32Array>();
  let tokens: number[];
  if (task.kind === 'answer') {
    const source = encode(prompt, task.source);
    if (source.length > task.source.length) {
      throw new UserError(`the prompt has ${source.length} characters, and the model reads ${task.source.length}`, {
        exit: 'usage',
      });
    }
    fixed.set(
      task.source.name,
      Float32Array.from({ length: task.source.length }, (_, i) => source[i] ?? 0),
    );
    tokens = [labels.indexOf(start)];
  } else {
    tokens = encode(prompt, written);
    if (tokens.length === 0) {
      throw new UserError('the prompt is empty, and the model needs something to go on with', {
        hint: "--prompt 'The '",
        exit: 'usage',
      });
    }
  }
  for (let n = 0; n < length; n++) {
    // What lies behind the last token is padding, which a causal model does not look at.
    const seen = tokens.slice(-written.length);
    const inputs = new Map(fixed).set(
      written.name,
      Float32Array.from({ length: written.length }, (_, i) => seen[i] ?? 0),
    );
    await executable.run(inputs);
    const logits = await executable.read(names.prediction);
    const classes = logits.length / written.length;
    const row = Array.from(logits.subarray((seen.length - 1) * classes, seen.length * classes));
    // A place for what is in no vocabulary is no text, nor is padding, nor a place to spare.
    for (let i = 0; i < row.length; i++) {
      if (labels[i] === undefined || labels[i] === unknown || labels[i] === padding) row[i] = -Infinity;
    }
    const token = sample(row, sampling, randomUniform(key, n));
    const label = labels[token]!;
    if (label === end) return;
    tokens.push(token);
    if (label !== start) yield decoder.push(token);
    if (task.kind === 'answer' && tokens.length > written.length) return;
  }
}
