import type { Span } from './source.js';

/** Text that cannot move the cursor or recolour a terminal: control and direction characters are made visible. */
export const visible = (text: string): string =>
  text.replace(/\t/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** The text with quotes, cut where it is long. */
export function quote(text: string, longest = 40): string {
  const cut = [...text].length > longest ? `${[...text].slice(0, longest).join('')}…` : text;
  return visible(JSON.stringify(cut));
}

/**
 * The first line of a span with a caret under each of its characters, as two lines of at most `width` columns; a longer source
 * line is cut around the carets with `…`.
 */
export function excerpt({ source, start, end }: Span, width = 80): string {
  const { line, col } = source.lines.linePos(start);
  const lineStart = start - (col - 1);
  const written = visible(source.text.slice(lineStart).split(/\r?\n/, 1)[0]!);
  const from = Math.min(col - 1, written.length);
  const text = from === written.length ? `${written} ` : written; // a caret may stand behind the last character
  const to = Math.max(from + 1, Math.min(text.trimEnd().length, from + (end - start)));
  const prefix = `  ${line} | `;
  const cut = cutAround(text, from, to, Math.max(20, width - prefix.length));
  return `${`${prefix}${cut.text}`.trimEnd()}\n${' '.repeat(prefix.length + cut.from)}${'^'.repeat(cut.to - cut.from)}`;
}

/** `text` within `room` columns, so that `from` to `to` or at least its beginning is seen. */
function cutAround(text: string, from: number, to: number, room: number): { text: string; from: number; to: number } {
  if (text.length <= room) return { text, from, to: Math.max(from + 1, Math.min(to, room)) };
  const before = Math.max(0, Math.floor((room - Math.min(to - from, room)) / 2));
  const start = Math.max(0, Math.min(from - before, text.length - room, from - 1));
  const end = Math.min(text.length, start + room);
  const body = text.slice(start, end).split('');
  if (start > 0) body[0] = '…';
  if (end < text.length) body[body.length - 1] = '…';
  return { text: body.join(''), from: from - start, to: Math.min(to, end) - start };
}
