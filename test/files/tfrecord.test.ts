import { describe, expect, it } from 'vitest';
import crc32c from 'crc-32/crc32c.js';
import { encodeRecord, maskedCrc32c } from '../../src/files/tfrecord.js';

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4.
  it.each([
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 ascending bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe3069283],
  ])('of %s is that of the standard', (_, bytes, crc) => {
    expect(crc32c.buf(bytes) >>> 0).toBe(crc);
  });

  it('is masked by rotating and adding', () => {
    expect(maskedCrc32c(Buffer.from('123456789'))).toBe((((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0);
  });
});

describe('encodeRecord', () => {
  it('frames data as TensorFlow does', () => {
    // The first record of an event file that TensorBoard 2.21 wrote at wall time 0.
    const data = Buffer.from('0900000000000000001a0d627261696e2e4576656e743a32', 'hex');
    expect(Buffer.from(encodeRecord(data)).toString('hex')).toBe(`1800000000000000a37f4b22${data.toString('hex')}eedf28a3`);
  });
});
