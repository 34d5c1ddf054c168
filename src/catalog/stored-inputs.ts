import { UserError } from '../errors.js';
import type { DatasetInfo, FittedData } from './dataset.js';

/**
 * The inputs of a model as its data set had them, before the transforms.
 * @throws UserError if its checkpoint does not say
 */
export function storedInputs({ stored }: FittedData): DatasetInfo['inputs'] {
  if (stored !== undefined) return stored;
  throw new UserError('the model was trained by an earlier version, which did not note the shape of its records', {
    hint: 'train it again',
  });
}
