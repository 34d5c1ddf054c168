/** Marks that stand on the letter before them, and those that are not seen. */
const none = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Letters of East Asia, their marks and wide forms, and pictures, which are as wide as two other letters. */
const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;
const halfWidth = /^[\uff61-\uffdc]$/u;

const columnsOf = (character: string): number => {
  if (character < '\u0300') return 1;
  return none.test(character) ? 0 : wide.test(character) && !halfWidth.test(character) ? 2 : 1;
};

/** How many columns of a terminal a text takes. Colours take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(/\u001b\[[0-9;]*m/g, '')) width += columnsOf(character);
  return width;
}

/** A text of at most so many columns: what does not fit is left out, with a mark. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let [kept, room] = ['', width - 1];
  for (const character of text) {
    room -= columnsOf(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}
