/** Tags of a TIFF file (TIFF 6.0, Adobe, 1992). */
const compressionTag = 259;
const photometricTag = 262;
const ycbcr = 6;
/** The library of JPEG converts what it unpacks. */
const jpeg = [6, 7];
const entryBytes = 12;

export const isTiff = ([a, b, c, d]: Uint8Array): boolean =>
  (a === 0x49 && b === 0x49 && c === 42) || (a === 0x4d && b === 0x4d && d === 42);

/** Whether the first picture of a TIFF file has brightness and two differences of colour for each pixel, and not as JPEG does. */
export function isPlainYcbcr(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = bytes[0] === 0x49;
  const tags = new Map<number, number>();
  try {
    const start = view.getUint32(4, isLittle);
    const count = view.getUint16(start, isLittle);
    for (let entry = start + 2; entry < start + 2 + count * entryBytes; entry += entryBytes) {
      tags.set(view.getUint16(entry, isLittle), view.getUint16(entry + 8, isLittle));
    }
  } catch {
    return false; // It is cut off, which whoever decodes it says.
  }
  return tags.get(photometricTag) === ycbcr && !jpeg.includes(tags.get(compressionTag) ?? 1);
}
