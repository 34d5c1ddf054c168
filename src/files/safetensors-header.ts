import { UserError } from '../errors.js';

/** Where one tensor lies: byte offsets count from the end of the header, `end` is exclusive. */
export interface TensorEntry {
  name: string;
  shape: number[];
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  /** In the order of the data. */
  entries: TensorEntry[];
  metadata: Record<string, string>;
}

const metadataKey = '__metadata__';

/** The bytes of a 32-bit float. */
export const floatBytes = 4;

export function malformed(file: string, problem: string): UserError {
  return new UserError(`${file} is not a valid safetensors file: ${problem}`, {
    hint: 'It was probably cut short or altered while being copied or saved. Copy it again, or use an earlier checkpoint.',
  });
}

/**
 * The bytes that come before the tensor data: the header's size (u64, little-endian), then the header as JSON, padded with
 * spaces so that the data starts at a multiple of 8. Keys come in the order given, numbers that look like indices too.
 */
export function encodePrefix(entries: readonly TensorEntry[], metadata: Record<string, string>): Uint8Array {
  const metadataPairs = Object.keys(metadata)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
  const pairs = entries.map(
    ({ name, shape, begin, end }) =>
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: 'F32', shape, data_offsets: [begin, end] })}`,
  );
  if (metadataPairs.length > 0) pairs.unshift(`${JSON.stringify(metadataKey)}:{${metadataPairs.join(',')}}`);
  const json = Buffer.from(`{${pairs.join(',')}}`);
  const size = Math.ceil(json.length / 8) * 8;
  const prefix = Buffer.alloc(8 + size, ' ');
  prefix.writeBigUInt64LE(BigInt(size));
  json.copy(prefix, 8);
  return prefix;
}

/**
 * Reads and checks the header (without its size).
 *
 * @param dataBytes how many bytes follow the header in the file
 * @param checkMetadata called before the tensors are looked at, to refuse another kind or version of file first
 * @throws UserError if the header is malformed, or the tensors do not fill the data exactly
 */
export function decodeHeader(
  file: string,
  header: Uint8Array,
  dataBytes: number,
  checkMetadata: (metadata: Record<string, string>) => void = () => {},
): SafetensorsHeader {
  const { [metadataKey]: metadata = {}, ...tensors } = parseObject(file, header);
  if (!isObject(metadata)) throw malformed(file, `${metadataKey} is not an object`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw malformed(file, `${metadataKey}.${key} is not a string`);
  }
  checkMetadata(metadata as Record<string, string>);
  const entries = Object.entries(tensors).map(([name, value]) => readEntry(file, name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(file, entries, dataBytes);
  return { entries, metadata: metadata as Record<string, string> };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(file: string, header: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header));
  } catch {
    throw malformed(file, 'its header is not JSON');
  }
  if (!isObject(value)) throw malformed(file, 'its header is not a JSON object');
  return value;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readEntry(file: string, name: string, value: unknown): TensorEntry {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (!isObject(value)) throw malformed(file, `${tensor} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== 'F32') {
    if (typeof dtype !== 'string') throw malformed(file, `${tensor} has no dtype`);
    throw new UserError(`${file}: ${tensor} has dtype ${JSON.stringify(dtype)}, and F32 was expected`, {
      hint: 'Convert the tensors to 32-bit floats first.',
    });
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw malformed(file, `${tensor} has a shape that is no list of sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw malformed(file, `${tensor} has data_offsets that are not [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, length) => product * length, floatBytes);
  if (bytes !== end - begin) {
    throw malformed(file, `${tensor} of shape [${shape.join(', ')}] needs ${bytes} bytes, but has ${end - begin}`);
  }
  return { name, shape, begin, end };
}

/** The tensors must fill the data from its first byte to its last, each starting where the one before ends. */
function checkLayout(file: string, entries: readonly TensorEntry[], dataBytes: number): void {
  let filled = 0;
  for (const { name, begin, end } of entries) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    if (end > dataBytes) throw malformed(file, `${tensor} ends at byte ${end} of the data, but there are only ${dataBytes}`);
    if (begin < filled) throw malformed(file, `${tensor} overlaps the one before it`);
    if (begin > filled) throw malformed(file, `bytes that belong to no tensor: ${begin - filled}, before ${tensor}`);
    filled = end;
  }
  if (filled < dataBytes) throw malformed(file, `bytes that belong to no tensor: ${dataBytes - filled}, after the last one`);
}
