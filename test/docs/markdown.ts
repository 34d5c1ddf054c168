export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced code blocks of a page. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language, text]) => ({
    language: language!,
    text: text!.trimEnd(),
  }));
}

const withoutBlocks = (markdown: string): string => markdown.replace(/^```[^]*?^```$/gm, '');

/** The targets of a page's links. */
export function linksOf(markdown: string): string[] {
  const prose = withoutBlocks(markdown).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

/** What links can name of a page: its headings, as code hosts turn them into anchors. */
export function anchorsOf(markdown: string): string[] {
  const headings = [...withoutBlocks(markdown).matchAll(/^#+ (.*)$/gm)].map(([, text]) => text!);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
