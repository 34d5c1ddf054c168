/** TFRecord, the framing of TensorBoard's event files (tensorflow/core/lib/io/record_writer.h). */
import crc32c from 'crc-32/crc32c.js';

/** A CRC-32C, rotated and offset, so that the CRC of data that itself holds CRCs stays meaningful. Unsigned. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One record: u64 length, u32 masked CRC of the length, the data, u32 masked CRC of the data; all little-endian. */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return record;
}
