import { createHash } from 'node:crypto';

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
