/** What a published data set takes from outside, so that it can be tested without a network. */
export interface PublishedSources {
  fetch: typeof globalThis.fetch;
  /** Milliseconds without a byte after which a mirror counts as gone. */
  stallMs: number;
  /** Where a package puts the files, if it is installed. */
  packageFolder(): string | undefined;
  workingFolder(): string;
}

/** The network and the folders of this machine; no package. */
export const realSources: PublishedSources = {
  fetch: (...request) => globalThis.fetch(...request),
  stallMs: 30_000,
  packageFolder: () => undefined,
  workingFolder: () => process.cwd(),
};

/** The most that a mirror may answer with. */
export const largestAnswer = 64 * 2 ** 20;
