import type { PicturePart } from './picture-part.js';
import type { Fill, Picture } from './pictures.js';

/** Reads a picture at places between its pixels. */
export interface Sampler {
  /** Takes in a picture, `[height, width, channels]`. */
  take(values: Float32Array): void;
  /**
   * Writes pixels from `at` on, the i-th of them read at `(x + i dx, y + i dy)`: columns and rows from the middle of the first pixel.
   * @param part what may be read, in place of the whole; beyond its edge its own pixels go on
   */
  row(to: Float32Array, at: number, count: number, x: number, y: number, dx: number, dy: number, part?: PicturePart): void;
}

/** Where in the frame places end. */
interface Bounds {
  readonly lowX: number;
  readonly highX: number;
  readonly lowY: number;
  readonly highY: number;
}

/**
 * Values between pixels interpolated linearly, as PyTorch's grid_sample does. The picture lies in a frame of what is beyond its edge, so
 * that no pixel asks whether it is inside.
 */
function linearSampler({ height, width, channels }: Picture, filling: Fill): Sampler {
  const stride = (width + 3) * channels;
  const framed = new Float32Array(stride * (height + 3)).fill(filling === 'nearest' ? 0 : filling);
  /** Places are counted from the corner of the frame, and none lies outside of it. */
  const boundsOf = ({ left, top, width: columns, height: rows }: PicturePart): Bounds => ({
    lowX: left + 1,
    highX: left + columns,
    lowY: top + 1,
    highY: top + rows,
  });
  const frame = { lowX: 0, highX: width + 1, lowY: 0, highY: height + 1 };
  const bounds = filling === 'nearest' ? boundsOf({ left: 0, top: 0, width, height }) : frame;
  return {
    take(values) {
      const size = width * channels;
      for (let y = 0; y < height; y++) {
        const start = (y + 1) * stride + channels;
        for (let i = 0, from = y * size; i < size; i++) framed[start + i] = values[from + i]!;
      }
    },
    row(to, at, count, x, y, dx, dy, part) {
      const within = part === undefined ? bounds : boundsOf(part);
      if (channels === 1) greyRow(framed, stride, channels, to, at, count, x + 1, y + 1, dx, dy, within);
      else colourRow(framed, stride, channels, to, at, count, x + 1, y + 1, dx, dy, within);
    },
  };
}

type LinearRow = (
  framed: Float32Array,
  stride: number,
  channels: number,
  to: Float32Array,
  at: number,
  count: number,
  x: number,
  y: number,
  dx: number,
  dy: number,
  bounds: Bounds,
) => void;

// Plain variables and no lists in the loops: what V8 makes of those takes four times as long.

const greyRow: LinearRow = (framed, stride, _, to, at, count, x, y, dx, dy, { lowX, highX, lowY, highY }) => {
  for (let i = 0; i < count; i++) {
    let px = x + i * dx;
    let py = y + i * dy;
    px = px < lowX ? lowX : px > highX ? highX : px;
    py = py < lowY ? lowY : py > highY ? highY : py;
    const left = px | 0;
    const top = py | 0;
    const shareX = px - left;
    const first = top * stride + left;
    const below = first + stride;
    const upperLeft = framed[first]!;
    const lowerLeft = framed[below]!;
    const upper = upperLeft + (framed[first + 1]! - upperLeft) * shareX;
    const lower = lowerLeft + (framed[below + 1]! - lowerLeft) * shareX;
    to[at + i] = upper + (lower - upper) * (py - top);
  }
};

const colourRow: LinearRow = (framed, stride, channels, to, at, count, x, y, dx, dy, { lowX, highX, lowY, highY }) => {
  let out = at;
  for (let i = 0; i < count; i++) {
    let px = x + i * dx;
    let py = y + i * dy;
    px = px < lowX ? lowX : px > highX ? highX : px;
    py = py < lowY ? lowY : py > highY ? highY : py;
    const left = px | 0;
    const top = py | 0;
    const shareX = px - left;
    const shareY = py - top;
    const first = top * stride + left * channels;
    for (let place = first; place < first + channels; place++) {
      const upperLeft = framed[place]!;
      const lowerLeft = framed[place + stride]!;
      const upper = upperLeft + (framed[place + channels]! - upperLeft) * shareX;
      const lower = lowerLeft + (framed[place + stride + channels]! - lowerLeft) * shareX;
      to[out++] = upper + (lower - upper) * shareY;
    }
  }
};

/** The nearest pixel: for masks, whose values are classes. */
export function nearestSampler({ height, width, channels }: Picture, filling: Fill): Sampler {
  const from = new Float32Array(height * width * channels);
  return {
    take: (values) => from.set(values),
    row(to, at, count, x, y, dx, dy, part) {
      const { left, top, width: columns, height: rows } = part ?? { left: 0, top: 0, width, height };
      const isCut = part === undefined && filling !== 'nearest';
      let out = at;
      for (let i = 0; i < count; i++) {
        // Places a rounding error away from a half must not depend on it.
        let [column, row] = [Math.round(x + i * dx - 1e-9), Math.round(y + i * dy - 1e-9)];
        const isInside = column >= left && column < left + columns && row >= top && row < top + rows;
        if (!isInside && !isCut) {
          column = Math.min(Math.max(column, left), left + columns - 1);
          row = Math.min(Math.max(row, top), top + rows - 1);
        }
        const first = (row * width + column) * channels;
        for (let channel = 0; channel < channels; channel++)
          to[out++] = isInside || !isCut ? from[first + channel]! : (filling as number);
      }
    },
  };
}

/** The sampler that goes with what a field holds. */
export const samplerFor = (kind: 'number' | 'class', picture: Picture, filling: Fill): Sampler =>
  kind === 'class' ? nearestSampler(picture, filling) : linearSampler(picture, filling);
