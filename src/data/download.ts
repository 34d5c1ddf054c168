import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

export interface DownloadOptions {
  fetch: typeof globalThis.fetch;
  /** A longer answer is refused. */
  maxBytes: number;
  /** Milliseconds without a byte after which the server counts as gone. */
  stallMs: number;
}

/**
 * Downloads one file. It is written beside `path` under another name, checked by `verify`, and only then renamed, so that
 * `path` is whole or absent whatever happens.
 * @throws Error with one line that says what went wrong; nothing is left behind.
 */
export async function download(
  url: string,
  path: string,
  verify: (path: string) => void,
  options: DownloadOptions,
): Promise<void> {
  const partial = `${path}.${randomUUID()}.part`;
  try {
    await receive(url, partial, options);
    verify(partial);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

async function receive(url: string, path: string, options: DownloadOptions): Promise<void> {
  const abort = new AbortController();
  const stall = setTimeout(() => abort.abort(new Error(`no answer for ${options.stallMs / 1000} s`)), options.stallMs);
  const file = await open(path, 'wx');
  try {
    const response = await options.fetch(url, { signal: abort.signal });
    if (!response.ok || response.body === null)
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    let received = 0;
    for await (const chunk of response.body) {
      stall.refresh();
      received += chunk.length;
      if (received > options.maxBytes) throw new Error(`the answer is longer than ${options.maxBytes} bytes`);
      await file.writeFile(chunk);
    }
    await file.sync();
  } catch (error) {
    throw new Error(reason(abort.signal.aborted ? abort.signal.reason : error), { cause: error });
  } finally {
    clearTimeout(stall);
    abort.abort();
    await file.close();
  }
}

/** `fetch` says only "fetch failed"; what failed is in its cause. */
function reason(error: unknown): string {
  const cause = (error as Error).cause;
  return cause instanceof Error ? `${(error as Error).message} (${cause.message})` : (error as Error).message;
}
