import { createHash } from 'node:crypto';
import { UserError } from '../errors.js';
import { writeFileAtomically } from './atomic-write.js';
import { canonicalJson } from './canonical-json.js';
import { encodeSafetensors, littleEndianBytes, readSafetensors, readSafetensorsHeader, type Tensor } from './safetensors.js';

export type { Tensor } from './safetensors.js';

/** The whole state of a run: what training continues from. */
export interface Checkpoint {
  tensors: Map<string, Tensor>;
  /** Any JSON value under each key; it reads back exactly. */
  metadata: Record<string, unknown>;
}

/** Written into every checkpoint; raised when older readers could no longer understand the file. */
const formatVersion = '1';
const formatName = 'nn-checkpoint';

/** Stands for the checksum while the checksum is computed: as long as the real one, a SHA-256 in hexadecimal digits. */
const blankChecksum = '0'.repeat(64);
const checksumField = '"checksum":"';

/**
 * Saves a checkpoint as a safetensors file, atomically: until the new file is whole, the older one stays. Its metadata holds
 * `format`, `format_version`, `metadata` (as JSON) and `checksum`: the SHA-256 of the whole file, in which the 64 digits of the
 * checksum itself count as zeros. Equal checkpoints give equal bytes.
 *
 * @throws UserError if a value is not finite (a resumed run could not recover from it) or the file cannot be written. The
 *   older file is unchanged.
 */
export function saveCheckpoint(path: string, checkpoint: Checkpoint): void {
  for (const [name, tensor] of checkpoint.tensors) refuseNonFinite(path, name, tensor);
  const [prefix, ...data] = encodeSafetensors(checkpoint.tensors, {
    format: formatName,
    format_version: formatVersion,
    metadata: canonicalJson(checkpoint.metadata, `cannot save ${path}: metadata`),
    checksum: blankChecksum,
  });
  const signed = Buffer.from(prefix!);
  signed.write(sha256([signed, ...data]), signed.indexOf(checksumField) + checksumField.length, 'latin1');
  writeFileAtomically(path, [signed, ...data]);
}

/**
 * Loads a checkpoint and checks that not one byte has changed since it was saved.
 *
 * @throws UserError if the file cannot be read, is no checkpoint of this program, has another format version, or was altered
 */
export function loadCheckpoint(path: string): Checkpoint {
  const { tensors, metadata, prefix } = readSafetensors(path, (found) => checkFormat(path, found));
  const blank = Buffer.from(prefix);
  const position = blank.indexOf(checksumField) + checksumField.length;
  const checksum = blank.toString('latin1', position, position + blankChecksum.length);
  blank.write(blankChecksum, position, 'latin1');
  const data = [...tensors.values()].map((tensor) => littleEndianBytes(tensor.data));
  if (metadata['checksum'] !== checksum || sha256([blank, ...data]) !== checksum) throw altered(path);
  return { tensors, metadata: parseMetadata(path, metadata) };
}

/**
 * Reads a checkpoint's metadata without its tensors, in a time that does not grow with them. The checksum covers the whole
 * file and is therefore not checked.
 *
 * @throws UserError as `loadCheckpoint`, except for an altered byte
 */
export function readCheckpointMetadata(path: string): Record<string, unknown> {
  return parseMetadata(path, readSafetensorsHeader(path, (found) => checkFormat(path, found)).metadata);
}

function refuseNonFinite(path: string, name: string, { data }: Tensor): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (Number.isFinite(value)) continue;
    throw new UserError(`cannot save ${path}: value ${i} of tensor "${name}" is ${value}, and finite numbers were expected`, {
      hint: 'Training has diverged. The last good checkpoint is kept; try a lower learning rate.',
    });
  }
}

function checkFormat(path: string, metadata: Record<string, string>): void {
  if (metadata['format'] !== formatName) {
    throw new UserError(`${path} is a safetensors file, but not a checkpoint of this program`, {
      hint: 'Give a file from the checkpoints folder of a run.',
    });
  }
  const version = metadata['format_version'];
  if (version !== formatVersion) {
    throw new UserError(`${path} has checkpoint format ${JSON.stringify(version)}, and this version reads "${formatVersion}"`, {
      hint: 'Use the version of this program that wrote it; environment.json in the run folder names it.',
    });
  }
}

function parseMetadata(path: string, metadata: Record<string, string>): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(metadata['metadata'] ?? '');
  } catch {
    throw altered(path);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw altered(path);
  return value as Record<string, unknown>;
}

function altered(path: string): UserError {
  return new UserError(`${path} was altered or damaged after it was saved: its checksum does not match`, {
    hint: 'Copy it again from where it was saved, or use another checkpoint of the run.',
  });
}

function sha256(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
