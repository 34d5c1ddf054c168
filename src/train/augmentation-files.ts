import { isMixing } from '../catalog/augmentation.js';
import { augmentations } from '../catalog/augmentations/index.js';
import type { LoadedDataset } from '../catalog/dataset.js';
import { DatasetError } from '../data/dataset-error.js';
import type { LoadedExperiment } from '../spec/load.js';
import { type AugmentationSpec, type BatchPlan, augmentedFields } from './batch-plan.js';

interface AugmentationFiles {
  readonly augmentFiles: NonNullable<BatchPlan['augmentFiles']>;
  readonly provenance: LoadedDataset['provenance'];
}

/**
 * Reads what augmentations need from files, for each field that they change.
 * @param folder where relative paths start
 * @throws ConfigError at the line of one whose files cannot be used
 */
export async function readAugmentationFiles(
  loaded: LoadedExperiment,
  { inputs, fields }: Pick<BatchPlan, 'inputs' | 'fields'>,
  folder: string,
): Promise<AugmentationFiles> {
  const augmentFiles: Record<string, unknown>[] = [];
  const provenance: LoadedDataset['provenance'] = [];
  for (const [i, options] of (loaded.experiment.data.augment as unknown as readonly AugmentationSpec[]).entries()) {
    const definition = augmentations.get(options.type);
    const own: Record<string, unknown> = {};
    augmentFiles.push(own);
    if (isMixing(definition) || definition.load === undefined) continue;
    for (const name of augmentedFields(options, inputs, fields)) {
      try {
        const { value, provenance: files } = await definition.load(options, fields[name]!, folder);
        own[name] = value;
        provenance.push(...files);
      } catch (error) {
        if (!(error instanceof DatasetError)) throw error;
        throw loaded.error(['data', 'augment', i, ...error.path], error.message, error.hint);
      }
    }
  }
  return { augmentFiles, provenance };
}
