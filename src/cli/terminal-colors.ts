/** Colours that a terminal shows: none, those of a palette of 256, or all. */
export type Colors = 'none' | 'palette' | 'all';

/** What standard output shows. A terminal of 16 colours has too few for pictures. */
export function colorsOfOutput(): Colors {
  if (process.stdout.isTTY !== true || process.env.NO_COLOR) return 'none';
  const depth = process.stdout.getColorDepth();
  // Node.js looks at TMUX first, and tmux passes all colours on, or the nearest that there are.
  if (depth >= 8 && /^(truecolor|24bit)$/.test(process.env.COLORTERM ?? '')) return 'all';
  return depth >= 24 ? 'all' : depth >= 8 ? 'palette' : 'none';
}

/** The levels of red, green and blue in the palette's cube, from place 16 on. */
const levels = [0, 95, 135, 175, 215, 255];
const [firstOfCube, firstGrey, greys] = [16, 232, 24];
const greyLevel = (place: number): number => 8 + 10 * place;

type Rgb = readonly [red: number, green: number, blue: number];

/** The code that makes letters (38) or what is behind them (48) of a colour of bytes. */
export const colorCode = (layer: 38 | 48, color: Rgb, colors: Colors): string =>
  `\u001b[${layer};${colors === 'all' ? `2;${color.join(';')}` : `5;${nearestInPalette(color)}`}m`;

/** The place of the nearest colour in the palette of xterm. */
function nearestInPalette(color: Rgb): number {
  const places = color.map((value) => indexOfNearest(levels, value)) as [number, number, number];
  const grey = Math.round((color[0] + color[1] + color[2]) / 3);
  const place = Math.min(greys - 1, Math.max(0, Math.round((grey - 8) / 10)));
  const far = (other: readonly number[]): number => color.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0);
  const isGrey = far(new Array<number>(3).fill(greyLevel(place))) < far(places.map((level) => levels[level]!));
  return isGrey ? firstGrey + place : firstOfCube + 36 * places[0] + 6 * places[1] + places[2];
}

function indexOfNearest(values: readonly number[], wanted: number): number {
  let nearest = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - wanted) < Math.abs(values[nearest]! - wanted)) nearest = i;
  });
  return nearest;
}
