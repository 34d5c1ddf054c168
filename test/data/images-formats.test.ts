import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { type PictureFormat, PictureError, decodePicture, loadSharp } from '../../src/data/images/decode.js';
import { floatTiff, plain, slope } from './image-files.js';

const format: PictureFormat = {
  height: 10,
  width: 12,
  resizeMode: 'stretch',
  color: 'rgb',
  background: '#ffffff',
  maxPixels: 1_000_000,
};
const decode = async (bytes: Uint8Array, options: Partial<PictureFormat> = {}): Promise<Uint8Array> =>
  decodePicture(await loadSharp(), bytes, { ...format, ...options });
const rawOf = async (picture: Sharp): Promise<number[]> => [...(await picture.raw().toBuffer())];

/** The largest difference of two lists. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

describe('a picture is read from', () => {
  it.each<[string, (picture: Sharp) => Sharp, number]>([
    ['PNG', (picture) => picture.png(), 0],
    ['interlaced PNG', (picture) => picture.png({ progressive: true }), 0],
    ['GIF', (picture) => picture.gif(), 0],
    ['TIFF', (picture) => picture.tiff({ compression: 'lzw' }), 0],
    ['lossless WebP', (picture) => picture.webp({ lossless: true }), 0],
    ['WebP', (picture) => picture.webp({ quality: 100 }), 12],
    ['JPEG', (picture) => picture.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }), 3],
    ['progressive JPEG', (picture) => picture.jpeg({ quality: 100, chromaSubsampling: '4:4:4', progressive: true }), 3],
    ['AVIF', (picture) => picture.avif({ lossless: true }), 1],
  ])('%s', async (_, write, most) => {
    expect(apart(await decode(await write(slope(1)).toBuffer()), await rawOf(slope(1)))).toBeLessThanOrEqual(most);
  });

  it('SVG, drawn in the size that is wanted', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><rect width="1" height="2" fill="#ff0000"/></svg>';
    const pixels = await decode(Buffer.from(svg), { width: 8, height: 8, background: '#0000ff' });
    const row = Array.from({ length: 8 }, (__, x) => [...pixels.subarray(x * 3, x * 3 + 3)].join());
    expect(row).toEqual([...Array<string>(4).fill('255,0,0'), ...Array<string>(4).fill('0,0,255')]);
  });

  it('an SVG that names a file of the machine, which is not opened', async () => {
    const image = '<image href="file:///proc/self/exe" width="4" height="4"/>';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4">${image}</svg>`;
    expect(new Set(await decode(Buffer.from(svg)))).toEqual(new Set([255]));
  });

  it('the first frame of an animation', async () => {
    const frames = await Promise.all([plain(200, 0, 0), plain(0, 200, 0)].map((one) => one.png().toBuffer()));
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    expect([...(await decode(gif)).subarray(0, 3)]).toEqual([200, 0, 0]);
  });
});

describe('values become 8-bit sRGB', () => {
  const shades = Uint16Array.from({ length: 120 }, (_, i) => ((i * 2) % 256) * 257);

  it.each<[string, (picture: Sharp) => Sharp]>([
    ['PNG', (picture) => picture.png()],
    ['TIFF', (picture) => picture.tiff({ compression: 'none' })],
  ])('from 16 bits of a %s', async (_, write) => {
    const colours = Uint16Array.from({ length: 360 }, (_, i) => (i % 256) * 257);
    const picture = sharp(colours, { raw: { width: 12, height: 10, channels: 3 } }).toColourspace('rgb16');
    const bytes = await write(picture).toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expect([...(await decode(bytes))]).toEqual([...colours].map((value) => value / 257));
  });

  it('from 16 bits of grey, as three channels or one', async () => {
    const bytes = await sharp(shades, { raw: { width: 12, height: 10, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    const expected = [...shades].map((value) => value / 257);
    expect([...(await decode(bytes, { color: 'greyscale' }))]).toEqual(expected);
    expect([...(await decode(bytes))]).toEqual(expected.flatMap((value) => [value, value, value]));
  });

  it('from 16 bits with transparency', async () => {
    const values = Uint16Array.from({ length: 480 }, (_, i) => (i % 4 === 3 ? 32768 : i % 4 === 0 ? 65535 : 0));
    const bytes = await sharp(values, { raw: { width: 12, height: 10, channels: 4 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    const [red, green, blue] = await decode(bytes, { background: '#0000ff' });
    expect(apart([red!, green!, blue!], [128, 0, 127])).toBeLessThanOrEqual(1);
  });

  it('from CMYK', async () => {
    for (const [red, green, blue] of [
      [220, 40, 40],
      [40, 160, 60],
      [255, 255, 255],
      [30, 30, 30],
    ] as const) {
      const bytes = await plain(red, green, blue).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
      expect((await sharp(bytes).metadata()).space).toBe('cmyk');
      expect(apart((await decode(bytes)).subarray(0, 3), [red, green, blue])).toBeLessThan(45); // what ink can show
    }
  });

  it('from another colour space, as its profile says', async () => {
    const bytes = await plain(220, 60, 60).withIccProfile('p3').png().toBuffer();
    const stored = [
      ...(await sharp(bytes, { ignoreIcc: true } as object)
        .raw()
        .toBuffer()),
    ].slice(0, 3);
    expect(apart(stored, [220, 60, 60])).toBeGreaterThan(5);
    expect(apart((await decode(bytes)).subarray(0, 3), [220, 60, 60])).toBeLessThanOrEqual(2);
  });

  it('from a palette, and from grey with transparency', async () => {
    const half = { create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } } as const;
    const palette = await sharp(half).png({ palette: true }).toBuffer();
    expect((await sharp(palette).metadata()).isPalette).toBe(true);
    expect(apart((await decode(palette, { background: '#00ff00' })).subarray(0, 3), [128, 127, 0])).toBeLessThanOrEqual(1);
    const grey = await sharp(half).toColourspace('b-w').png().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(2);
    const [on] = await decode(grey, { color: 'greyscale', background: '#000000' });
    const [off] = await decode(grey, { color: 'greyscale', background: '#ffffff' });
    expect(off! - on!).toBeGreaterThan(120);
  });

  it('in grey by their luma', async () => {
    const greyOf = async (...colour: [number, number, number]): Promise<number> =>
      (
        await decode(
          await plain(...colour)
            .png()
            .toBuffer(),
          { color: 'greyscale' },
        )
      )[0]!;
    for (const value of [0, 1, 77, 254, 255]) expect(await greyOf(value, value, value)).toBe(value);
    // As Pillow's convert('L') has them.
    expect([await greyOf(255, 0, 0), await greyOf(0, 255, 0), await greyOf(0, 0, 255)]).toEqual([76, 150, 29]);
    expect(await greyOf(200, 30, 90)).toBe(88);
  });

  it('unless they are measurements', async () => {
    await expect(decode(floatTiff(8, 8))).rejects.toThrow('has values of type float, expected whole numbers of 8 or 16 bits');
  });

  it('unless they are YCbCr that would be taken for RGB', async () => {
    const tiff = (compression: 'none' | 'jpeg'): Promise<Buffer> =>
      plain(200, 60, 60, 16, 16).tiff({ compression, quality: 100 }).toBuffer();
    const bytes = await tiff('none');
    // The tag of the colours: RGB becomes YCbCr.
    const tag = bytes.lastIndexOf(Buffer.of(6, 1, 3, 0, 1, 0, 0, 0, 2, 0));
    expect(tag).toBeGreaterThan(0);
    expect(apart((await decode(bytes)).subarray(0, 3), [200, 60, 60])).toBeLessThanOrEqual(1);
    bytes.writeUInt16LE(6, tag + 8);
    await expect(decode(bytes)).rejects.toThrow('has colours as YCbCr without JPEG, which are not read');
    expect(apart((await decode(await tiff('jpeg'))).subarray(0, 3), [200, 60, 60])).toBeLessThanOrEqual(3);
  });
});

describe('a picture is turned as its camera says', () => {
  /** What has been done to the picture before it was stored. */
  const turns: [number, (picture: Sharp) => Sharp][] = [
    [1, (picture) => picture],
    [2, (picture) => picture.flop()],
    [3, (picture) => picture.rotate(180)],
    [4, (picture) => picture.flip()],
    [6, (picture) => picture.rotate(270)],
    [8, (picture) => picture.rotate(90)],
  ];
  const stored = async (orientation: number, turn: (picture: Sharp) => Sharp): Promise<Buffer> => {
    const turned = await turn(slope(1)).png().toBuffer();
    return sharp(turned).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).withMetadata({ orientation }).toBuffer();
  };

  it.each(turns)('%i', async (orientation, turn) => {
    const bytes = await stored(orientation, turn);
    expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
    expect(apart(await decode(bytes), await rawOf(slope(1)))).toBeLessThanOrEqual(4);
  });

  it('before its middle is cut out', async () => {
    const upright = await rawOf(slope(1).extract({ left: 3, top: 2, width: 6, height: 6 }));
    for (const [orientation, turn] of turns) {
      const bytes = await stored(orientation, turn);
      expect(apart(await decode(bytes, { resizeMode: 'crop', width: 6, height: 6 }), upright)).toBeLessThanOrEqual(4);
    }
  });
});

describe('a picture is made to the size', () => {
  /** Black, white and black from left to right. */
  const stripes = (): Promise<Buffer> => {
    const values = Uint8Array.from({ length: 40 * 20 }, (_, i) => (i % 40 >= 10 && i % 40 < 30 ? 255 : 0));
    return sharp(values, { raw: { width: 40, height: 20, channels: 1 } })
      .png()
      .toBuffer();
  };
  const sized = async (resizeMode: PictureFormat['resizeMode'], size = 20): Promise<number[][]> => {
    const pixels = await decode(await stripes(), {
      resizeMode,
      width: size,
      height: size,
      color: 'greyscale',
      background: '#808080',
    });
    return Array.from({ length: size }, (_, y) => [...pixels.subarray(y * size, (y + 1) * size)]);
  };

  it('stretched', async () => {
    for (const row of await sized('stretch')) {
      expect([row[1], row[10], row[18]]).toEqual([0, 255, 0]);
    }
  });

  it('until it is covered, of which the middle is kept', async () => {
    expect((await sized('cover')).flat().every((value) => value === 255)).toBe(true);
  });

  it('until it fits, with the background above and below', async () => {
    const rows = await sized('contain');
    for (const y of [0, 4, 15, 19]) expect(new Set(rows[y])).toEqual(new Set([128]));
    for (const y of [6, 13]) expect([rows[y]![1], rows[y]![10], rows[y]![18]]).toEqual([0, 255, 0]);
  });

  it('by cutting its middle out', async () => {
    expect((await sized('crop')).flat().every((value) => value === 255)).toBe(true);
    const wide = await sized('crop', 30);
    expect(wide[15]).toEqual([...Array<number>(5).fill(0), ...Array<number>(20).fill(255), ...Array<number>(5).fill(0)]);
    for (const y of [0, 4, 25, 29]) expect(new Set(wide[y])).toEqual(new Set([128]));
  });
});

it('a picture that is too large is refused before it is decoded', async () => {
  const bytes = await slope(1).png().toBuffer();
  const refused = decode(bytes, { maxPixels: 119 });
  await expect(refused).rejects.toBeInstanceOf(PictureError);
  await expect(refused).rejects.toThrow('has 12 x 10 pixels, more than max_pixels, 119');
  expect(await decode(bytes, { maxPixels: 120 })).toHaveLength(360);
});
