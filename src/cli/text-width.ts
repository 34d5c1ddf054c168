import stringWidth from 'string-width';

/** How many columns of a terminal a text takes. Colours take none. */
export const textWidth = (text: string): number => stringWidth(text);

/** A text of at most so many columns: what does not fit is left out, with a mark. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let [kept, room] = ['', width - 1];
  for (const character of text) {
    room -= stringWidth(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}
