import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const mostNoted = 50;

/** Each file with its checksum, for the run's environment record; of very many the first, with the checksum of their checksums. */
export function fileProvenance(
  files: readonly { readonly path: string }[],
  md5: readonly string[],
): { file: string; md5: string }[] {
  if (files.length <= mostNoted) return files.map(({ path }, i) => ({ file: path, md5: md5[i]! }));
  const all = createHash('md5').update(md5.join('\n')).digest('hex');
  return [{ file: `${files[0]!.path} and ${files.length - 1} more`, md5: all }];
}

/** The MD5 of a file of any size. */
export function md5OfFile(path: string): string {
  const hash = createHash('md5');
  const bytes = Buffer.allocUnsafe(2 ** 20);
  const file = openSync(path, 'r');
  try {
    for (let count; (count = readSync(file, bytes)) > 0;) hash.update(bytes.subarray(0, count));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}
